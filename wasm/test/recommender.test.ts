import { cp, mkdtemp, open as openFile, readdir, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";

import { open, PulseError, type Progress, type Recommender } from "../dist/node.js";

const bundle = inject("bundle");
const variant = process.env["PULSE_TEST_VARIANT"] === "relaxed" ? "relaxed" : "plain";

const codeOf = async (call: Promise<unknown>): Promise<string> => {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(PulseError);
  return (error as PulseError).code;
};

describe("an opened bundle", () => {
  let pulse: Recommender;

  beforeAll(async () => {
    pulse = await open({ bundle, simd: variant });
  });
  afterAll(() => {
    pulse.close();
  });

  /** A song that people would look for: with a genre and a year. */
  const someSong = async (): Promise<Awaited<ReturnType<Recommender["song"]>>> => {
    const [found] = (await pulse.recommend({ seeds: [{ song_id: await anyId() }], k: 1 })).results;
    if (!found) throw new Error("there is no song in the bundle");
    return pulse.song(found.song_id);
  };
  const anyId = async (): Promise<number | string> => {
    for (const text of ["a", "s", "t"]) {
      const [found] = await pulse.search(text, 1);
      if (found) return found.song_id;
    }
    throw new Error("no search finds anything");
  };

  test("runs the module that was meant", () => {
    expect(pulse.variant).toBe(variant);
  });

  test("says what is in it", () => {
    const { info } = pulse;
    expect(info.songs).toBeGreaterThan(0);
    expect(info.artists).toBeGreaterThan(0);
    expect(info.artists).toBeLessThanOrEqual(info.songs);
    expect(info.dimensions).toBeGreaterThan(0);
    expect(info.genres.length).toBeGreaterThan(0);
    expect(info.genres.reduce((sum, { songs }) => sum + songs, 0)).toBeLessThanOrEqual(info.songs);
    expect(info.features.length).toBeGreaterThan(0);
    for (const feature of info.features) {
      expect(feature.quantiles).toHaveLength(11);
      expect([...feature.quantiles].sort((a, b) => a - b)).toEqual(feature.quantiles);
      expect(feature.min).toBe(feature.quantiles[0]);
      expect(feature.max).toBe(feature.quantiles[10]);
    }
    expect(info.manifest).toMatchObject({ format: "playlistpulse-bundle", version: 1 });
  });

  test("finds a song by its title, and by the start of it", async () => {
    const song = await someSong();
    const whole = await pulse.search(`${song.title} ${song.artist}`);
    expect(whole[0]).toMatchObject({ title: song.title, artist: song.artist });
    expect((await pulse.search(song.title.slice(0, 3), 5)).length).toBeGreaterThan(0);
  });

  test("finds nothing for nothing, and keeps to the limit", async () => {
    expect(await pulse.search("zzqqxxjj wwvvkk")).toEqual([]);
    expect(await pulse.search("a", 0)).toEqual([]);
    expect(await pulse.search("a", 3)).toHaveLength(3);
  });

  test("takes any text: NUL, a lone surrogate, what looks like a query, a very long one", async () => {
    for (const text of ["\0", "a\0b", "\ud800", '"* OR NOT ( ^', "x ".repeat(20_000)])
      expect(Array.isArray(await pulse.search(text))).toBe(true);
  });

  test("gives a song with its features by name", async () => {
    const song = await someSong();
    expect(Object.keys(song.features).sort()).toEqual(pulse.info.features.map(({ name }) => name).sort());
    expect(typeof song.song_id).toBe(pulse.info.integer_ids ? "number" : "string");
  });

  test("recommends k songs, best first, the seed never among them, and says why", async () => {
    const { song_id } = await someSong();
    const { seeds, results } = await pulse.recommend({ seeds: [{ song_id }], k: 20 });
    expect(seeds.map((seed) => seed.song_id)).toEqual([song_id]);
    expect(results).toHaveLength(20);
    expect(results.map((result) => result.song_id)).not.toContain(song_id);
    expect(new Set(results.map((result) => result.song_id)).size).toBe(20);
    const scores = results.map((result) => result.score);
    expect([...scores].sort((a, b) => b - a)).toEqual(scores);
    expect(results.some((result) => result.why.length > 0)).toBe(true);
  });

  test("takes a seed by title, and subtracts one", async () => {
    const { title, artist, song_id } = await someSong();
    const { seeds } = await pulse.recommend({ seeds: [{ title, artist }], k: 1 });
    expect(seeds[0]).toMatchObject({ title, artist });
    const other = await anyId();
    const apart = await pulse.recommend({ seeds: [{ song_id }, { song_id: other, weight: -0.5 }], k: 5 });
    expect(apart.results).toHaveLength(5);
  });

  test("keeps to the filters", async () => {
    const { song_id } = await someSong();
    const genre = pulse.info.genres[0]?.name ?? "";
    const { results } = await pulse.recommend({ seeds: [{ song_id }], k: 30, filters: { genres: [genre] } });
    expect(results.length).toBeGreaterThan(0);
    expect(new Set(results.map((result) => result.genre))).toEqual(new Set([genre]));

    const { year_max: year_min } = pulse.info;
    if (year_min === null) throw new Error("the test wants a bundle with years");
    const late = await pulse.recommend({ seeds: [{ song_id }], k: 5, filters: { year_min } });
    expect(late.results.every((result) => result.year === year_min)).toBe(true);

    const shared = await pulse.recommend({
      seeds: [{ song_id }],
      k: 30,
      max_per_artist: 1,
      exclude_seed_artists: true,
    });
    expect(new Set(shared.results.map((result) => result.artist)).size).toBe(shared.results.length);
  });

  test("places a song that is not in the catalogue", async () => {
    const song = await someSong();
    const features: Record<string, number | string> = {};
    for (const [name, value] of Object.entries(song.features)) if (value !== null) features[name] = value;
    if (song.genre !== null) features["genre"] = song.genre;
    const both = [pulse.recommend({ features, k: 50 }), pulse.recommend({ features, k: 50 })];
    const [first, second] = await Promise.all(both);
    expect(first).toEqual(second);
    expect(first?.results).toHaveLength(50);
  });

  test("asked for more songs than there are, it gives all but the seed", async () => {
    const { song_id } = await someSong();
    const { results } = await pulse.recommend({ seeds: [{ song_id }], k: 1_000_000, keep_versions: true });
    expect(results).toHaveLength(pulse.info.songs - 1);
  });

  test("refuses what cannot be, with the code for it", async () => {
    expect(await codeOf(pulse.song("no such id"))).toBe("not-found");
    expect(await codeOf(pulse.recommend({ seeds: [{ song_id: -5 }] }))).toBe("not-found");
    expect(await codeOf(pulse.recommend({ seeds: [{ title: "zzqqxxjj wwvvkk" }] }))).toBe("not-found");
    expect(await codeOf(pulse.recommend({}))).toBe("argument");
    expect(await codeOf(pulse.recommend({ k: 5, colour: "blue" } as never))).toBe("argument");
    expect(await codeOf(pulse.search("a", -1))).toBe("argument");
    expect(await codeOf(pulse.search("a", 0.5))).toBe("argument");
  });

  test("an error leaves the engine usable", async () => {
    const before = await pulse.search("a");
    await codeOf(pulse.recommend({ seeds: [{ song_id: "nobody" }] }));
    expect(await pulse.search("a")).toEqual(before);
  });
});

test("opening reports bytes up to the whole", async () => {
  const seen: Progress[] = [];
  const pulse = await open({ bundle, onProgress: (progress) => seen.push({ ...progress }) });
  pulse.close();
  for (const phase of ["module", "bundle"]) {
    const last = seen.filter((progress) => progress.phase === phase).at(-1);
    expect(last?.loaded).toBeGreaterThan(0);
    expect(last?.loaded).toBe(last?.total);
  }
  expect(seen.at(-1)?.phase).toBe("opening");
});

test("after close every call rejects, and closing again is nothing", async () => {
  const pulse = await open({ bundle });
  pulse.close();
  pulse.close();
  expect(await codeOf(pulse.search("a"))).toBe("aborted");
  expect(await codeOf(pulse.recommend({ seeds: [{ song_id: 1 }] }))).toBe("aborted");
  expect(await codeOf(pulse.song(1))).toBe("aborted");
});

test("a raised signal gives up before and during the opening", async () => {
  expect(await codeOf(open({ bundle, signal: AbortSignal.abort() }))).toBe("aborted");
  const controller = new AbortController();
  const opening = open({
    bundle,
    signal: controller.signal,
    onProgress: () => {
      controller.abort();
    },
  });
  expect(await codeOf(opening)).toBe("aborted");
});

describe("a damaged bundle", () => {
  let copy = "";
  const damaged = async (): Promise<string> => {
    copy = await mkdtemp(join(tmpdir(), "playlistpulse-"));
    await cp(bundle, copy, { recursive: true });
    return copy;
  };
  const fileOf = async (role: string): Promise<string> => {
    const name = (await readdir(copy)).find((each) => each.startsWith(`${role}.`));
    if (name === undefined) throw new Error(`the bundle has no ${role}`);
    return join(copy, name);
  };
  afterEach(() => rm(copy, { recursive: true, force: true }));

  test("that is not there is not found", async () => {
    expect(await codeOf(open({ bundle: join(bundle, "nowhere") }))).toBe("not-found");
  });

  test("with a file missing names the file", async () => {
    await damaged();
    const file = await fileOf("vectors");
    await rm(file);
    await expect(open({ bundle: copy })).rejects.toMatchObject({
      code: "not-found",
      message: expect.stringContaining(file) as string,
    });
  });

  test("with a file cut short is refused", async () => {
    await damaged();
    await truncate(await fileOf("catalog"), 1000);
    expect(await codeOf(open({ bundle: copy }))).toBe("format");
  });

  test.each(["catalog", "vectors"])("with one bit of the %s turned is refused", async (role) => {
    await damaged();
    const file = await openFile(await fileOf(role), "r+");
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, 5000);
    byte[0] = (byte[0] ?? 0) ^ 0x10;
    await file.write(byte, 0, 1, 5000);
    await file.close();
    expect(await codeOf(open({ bundle: copy }))).toBe("format");
  });
});
