import { createHash } from "node:crypto";
import { cp, mkdtemp, open as openFile, readFile, rename, rm, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";

import { open, PulseError, type Progress, type Recommender } from "../dist/node.js";

const bundle = inject("bundle");
const variant = process.env["PULSE_TEST_VARIANT"] === "relaxed" ? "relaxed" : "plain";

interface Manifest {
  files: { role: string; shards: { name: string; bytes: number }[] }[];
}
const manifest = JSON.parse(readFileSync(join(bundle, "manifest.json"), "utf8")) as Manifest;
const shardsOf = (role: string): { name: string; bytes: number }[] =>
  manifest.files.find((file) => file.role === role)?.shards ?? [];
const textShards = [...shardsOf("encoder"), ...shardsOf("vocab")];
const textBytes = textShards.reduce((sum, { bytes }) => sum + bytes, 0);

const codeOf = async (call: Promise<unknown>): Promise<string> => {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(PulseError);
  return (error as PulseError).code;
};
const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

const sad = "I cry alone tonight, my heart is broken and you are gone";
const alsoSad = "tears fall down since you left me, I am lonely without you";
const party = "turn the music up and dance with me until the morning light";

// A bundle that the setup has made from made-up songs has no encoder.
describe.runIf(textShards.length > 0)("a bundle with a lyrics encoder", () => {
  let pulse: Recommender;

  beforeAll(async () => {
    pulse = await open({ bundle, simd: variant });
  });
  afterAll(() => {
    pulse.close();
  });

  test("says that it reads texts", () => {
    expect(pulse.info.text).toBe(true);
    expect(pulse.threads).toBe(1);
  });

  test("gives vectors of unit length, nearer for texts that mean the same", async () => {
    const [a, b, c] = await Promise.all([pulse.encode(sad), pulse.encode(alsoSad), pulse.encode(party)]);
    for (const vector of [a, b, c]) {
      expect(vector).toBeInstanceOf(Float32Array);
      expect(vector.length).toBe(a.length);
      expect(cosine(vector, vector)).toBeCloseTo(1, 5);
    }
    expect(cosine(a, b)).toBeGreaterThan(cosine(a, c) + 0.1);
    expect(cosine(a, b)).toBeGreaterThan(cosine(b, c) + 0.1);
  });

  test("gives the same vector for the same text", async () => {
    expect(await pulse.encode(party)).toEqual(await pulse.encode(party));
  });

  test("reads any text: nothing, NUL, a lone surrogate, a very long one", async () => {
    for (const text of ["", "\0", "a\0b", "\ud800", "word ".repeat(500), "x".repeat(1_000_000)]) {
      const vector = await pulse.encode(text);
      expect(cosine(vector, vector)).toBeCloseTo(1, 5);
    }
  });

  test("gives a text's tokens, the first and last of which every text has", async () => {
    const [none, one] = await Promise.all([pulse.tokenize(""), pulse.tokenize("love")]);
    expect(none).toHaveLength(2);
    expect(one).toHaveLength(3);
    expect([one[0], one[2]]).toEqual(none);
    expect(await pulse.tokenize("LOVE")).toEqual(one);
  });

  test("recommends for a text, alone and beside seeds and features", async () => {
    const { seeds, results } = await pulse.recommend({ text: sad, k: 20 });
    expect(seeds).toEqual([]);
    expect(results).toHaveLength(20);
    const other = await pulse.recommend({ text: party, k: 20 });
    expect(other.results.map(({ song_id }) => song_id)).not.toEqual(results.map(({ song_id }) => song_id));
    const [first] = results;
    if (!first) throw new Error("nothing was recommended");
    const beside = await pulse.recommend({ text: sad, seeds: [{ song_id: first.song_id }], k: 5 });
    expect(beside.results.map(({ song_id }) => song_id)).not.toContain(first.song_id);
    const [feature] = pulse.info.features;
    if (!feature) throw new Error("the bundle has no features");
    const placed = await pulse.recommend({ text: sad, features: { [feature.name]: feature.max }, k: 5 });
    expect(placed.results).toHaveLength(5);
  });

  test("refuses a text in which there is nothing to read, and one that is none", async () => {
    expect(await codeOf(pulse.recommend({ text: "   " }))).toBe("argument");
    expect(await codeOf(pulse.recommend({ text: 5 } as never))).toBe("argument");
  });
});

test.runIf(textShards.length > 0)("every way to compute gives nearly the same vector", async () => {
  const vectors: Float32Array[] = [];
  for (const compute of ["f32", "f32-int8", "int16"] as const) {
    const pulse = await open({ bundle, simd: variant, compute });
    vectors.push(await pulse.encode(sad));
    pulse.close();
  }
  const [exact] = vectors;
  if (!exact) throw new Error("there is no vector");
  for (const vector of vectors) expect(cosine(vector, exact)).toBeGreaterThan(0.99);
  expect(await codeOf(open({ bundle, simd: variant, compute: "float" as never }))).toBe("argument");
  expect(await codeOf(open({ bundle, simd: variant, compute: "int8" as never }))).toBe("argument");
});

describe.runIf(textShards.length > 0)("loading the encoder", () => {
  test("reports its bytes up to the whole, and is done once for all who wait", async () => {
    const pulse = await open({ bundle, simd: variant });
    const seen: Progress[] = [];
    const alsoSeen: Progress[] = [];
    await Promise.all([
      pulse.encode(sad, { onProgress: (progress) => seen.push(progress) }),
      pulse.prepareText({ onProgress: (progress) => alsoSeen.push(progress) }),
    ]);
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.filter(({ phase }) => phase === "encoder").at(-1)).toEqual({
      phase: "encoder",
      loaded: textBytes,
      total: textBytes,
    });
    expect(seen.at(-1)?.phase).toBe("opening");
    expect(alsoSeen.at(-1)).toEqual(seen.at(-1));
    const later: Progress[] = [];
    await pulse.encode(party, { onProgress: (progress) => later.push(progress) });
    expect(later).toEqual([]);
    pulse.close();
  });

  test("stops when the only one who waits gives up, and begins anew for the next", async () => {
    const pulse = await open({ bundle, simd: variant });
    const controller = new AbortController();
    const given = pulse.encode(sad, {
      signal: controller.signal,
      onProgress: () => {
        controller.abort();
      },
    });
    expect(await codeOf(given)).toBe("aborted");
    expect(await codeOf(pulse.encode(sad, { signal: AbortSignal.abort() }))).toBe("aborted");
    expect(cosine(await pulse.encode(sad), await pulse.encode(sad))).toBeCloseTo(1, 5);
    pulse.close();
  });

  test("goes on for one who waits when another gives up", async () => {
    const pulse = await open({ bundle, simd: variant });
    const controller = new AbortController();
    const patient = pulse.encode(sad);
    const given = pulse.prepareText({
      signal: controller.signal,
      onProgress: () => {
        controller.abort();
      },
    });
    expect(await codeOf(given)).toBe("aborted");
    expect(await patient).toEqual(await pulse.encode(sad));
    pulse.close();
  });

  test("ends with the recommender", async () => {
    const pulse = await open({ bundle, simd: variant });
    const pending = pulse.encode(sad);
    pulse.close();
    expect(await codeOf(pending)).toBe("aborted");
  });

  test("survives a callback that throws", async () => {
    const thrown: unknown[] = [];
    const listener = (error: unknown): void => {
      thrown.push(error);
    };
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.on("uncaughtException", listener);
    try {
      const pulse = await open({ bundle, simd: variant });
      await pulse.prepareText({
        onProgress: () => {
          throw new Error("the caller's own");
        },
      });
      pulse.close();
    } finally {
      process.off("uncaughtException", listener);
      for (const other of others) process.on("uncaughtException", other);
    }
    expect(thrown[0]).toMatchObject({ message: "the caller's own" });
  });
});

describe.runIf(textShards.length > 0)("a damaged encoder", () => {
  let copy = "";
  const damaged = async (): Promise<string> => {
    copy = await mkdtemp(join(tmpdir(), "playlistpulse-"));
    await cp(bundle, copy, { recursive: true });
    return copy;
  };
  afterEach(() => rm(copy, { recursive: true, force: true }));

  test.each(["encoder", "vocab"])("with one bit of the %s turned is refused, and the rest works", async (role) => {
    await damaged();
    const name = shardsOf(role).at(-1)?.name ?? "";
    const turn = async (): Promise<void> => {
      const file = await openFile(join(copy, name), "r+");
      const byte = Buffer.alloc(1);
      await file.read(byte, 0, 1, 5000);
      byte[0] = (byte[0] ?? 0) ^ 0x10;
      await file.write(byte, 0, 1, 5000);
      await file.close();
    };
    await turn();
    const pulse = await open({ bundle: copy, simd: variant });
    expect(await codeOf(pulse.encode(sad))).toBe("format");
    expect(await pulse.search("a", 3)).toHaveLength(3);
    // The file is put right, and the next call reads it again.
    await turn();
    expect(cosine(await pulse.encode(sad), await pulse.encode(sad))).toBeCloseTo(1, 5);
    pulse.close();
  });

  test("with a shard missing names it", async () => {
    await damaged();
    const path = join(copy, shardsOf("encoder")[0]?.name ?? "");
    await rename(path, `${path}.away`);
    const pulse = await open({ bundle: copy, simd: variant });
    await expect(pulse.prepareText()).rejects.toMatchObject({
      code: "not-found",
      message: expect.stringContaining(path) as string,
    });
    pulse.close();
  });

  test("of another vocabulary is refused, also the second time", async () => {
    await damaged();
    const [vocab] = shardsOf("vocab");
    if (!vocab) throw new Error("the bundle has no vocabulary");
    const words = await readFile(join(copy, vocab.name), "utf8");
    const other = Buffer.from(words.replace("\nlove\n", "\nevol\n"));
    await writeFile(join(copy, vocab.name), other);
    const sha256 = createHash("sha256").update(other).digest("hex");
    const files = manifest.files.map((file) =>
      file.role === "vocab" ? { ...file, sha256, shards: [{ ...vocab, sha256 }] } : file,
    );
    await writeFile(join(copy, "manifest.json"), JSON.stringify({ ...manifest, files }));
    const pulse = await open({ bundle: copy, simd: variant });
    expect(await codeOf(pulse.encode(sad))).toBe("format");
    expect(await codeOf(pulse.encode(sad))).toBe("format");
    pulse.close();
  });
});

test("a bundle without an encoder says that it has none", async () => {
  const copy = await mkdtemp(join(tmpdir(), "playlistpulse-"));
  try {
    for (const role of ["catalog", "vectors", "autoencoder"])
      for (const { name } of shardsOf(role)) await cp(join(bundle, name), join(copy, name));
    const files = manifest.files.filter(({ role }) => role !== "encoder" && role !== "vocab");
    await writeFile(join(copy, "manifest.json"), JSON.stringify({ ...manifest, files }));
    const pulse = await open({ bundle: copy, simd: variant });
    expect(pulse.info.text).toBe(false);
    for (const call of [pulse.encode(sad), pulse.tokenize(sad), pulse.prepareText(), pulse.recommend({ text: sad })])
      expect(await codeOf(call)).toBe("unsupported");
    expect(await pulse.search("a", 3)).toHaveLength(3);
    pulse.close();
  } finally {
    await rm(copy, { recursive: true });
  }
});
