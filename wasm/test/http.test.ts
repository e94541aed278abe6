import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { expose } from "comlink";

import { open, type OpenOptions, type Progress } from "../dist/index.js";
import { WorkerApi } from "../dist/worker-api.js";
import { mapFile, withMap } from "./map-file.js";

/*
 * The page's side and the worker's side, joined by a MessageChannel instead of a Worker, over a real HTTP server.
 * What Node lacks is stood in for: fetching the package's own modules from disk, and the Cache API.
 */

/* ---- The server ----------------------------------------------------------------------------------------- */

interface Answer {
  status?: number;
  type?: string;
  body: Buffer;
  /** Breaks the connection after so many bytes. */
  breakAfter?: number;
}

const files = new Map<string, Buffer>();
const requests: string[] = [];
/** Decides about a request before the files do; `undefined`: leave it to them. */
let intervene: (name: string, count: number) => Answer | undefined;
let server: Server;
let base = "";

const nameOf = (role: string): string => {
  const name = [...files.keys()].find((each) => each.startsWith(`${role}.`));
  if (name === undefined) throw new Error(`the bundle has no ${role}`);
  return name;
};
const bodyOf = (name: string): Buffer => files.get(name) ?? Buffer.alloc(0);
const countOf = (name: string): number => requests.filter((each) => each === name).length;

beforeAll(async () => {
  const directory = inject("bundle");
  for (const name of await readdir(directory))
    if (!name.endsWith(".md")) files.set(name, await readFile(join(directory, name)));
});

beforeEach(async () => {
  requests.length = 0;
  intervene = () => undefined;
  server = createServer((request, response) => {
    const name = (request.url ?? "").split("/").at(-1) ?? "";
    requests.push(name);
    const body = files.get(name);
    const answer: Answer = intervene(name, countOf(name)) ?? (body ? { body } : { status: 404, body: Buffer.alloc(0) });
    response.writeHead(answer.status ?? 200, {
      "content-type": answer.type ?? "application/octet-stream",
      "content-length": answer.body.length,
    });
    if (answer.breakAfter === undefined) response.end(answer.body);
    else
      response.write(answer.body.subarray(0, answer.breakAfter), () => {
        response.destroy();
      });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/songs/`;
});

/* ---- The browser ---------------------------------------------------------------------------------------- */

let moduleType = "application/wasm";
const networkFetch = globalThis.fetch;
let offline = false;

/** As the browser's, for as much of it as is used. */
class FakeCache {
  readonly entries = new Map<string, Uint8Array<ArrayBuffer>>();
  match(url: URL | string): Promise<Response | undefined> {
    const kept = this.entries.get(String(url));
    return Promise.resolve(kept && new Response(kept));
  }
  /** Reads the response to its end, as a browser's cache does. */
  async put(url: URL | string, response: Response): Promise<void> {
    this.entries.set(String(url), new Uint8Array(await response.arrayBuffer()));
  }
  delete(url: URL | string): Promise<boolean> {
    return Promise.resolve(this.entries.delete(String(url)));
  }
  keys(): Promise<Request[]> {
    return Promise.resolve([...this.entries.keys()].map((url) => new Request(url)));
  }
}
let cache: FakeCache;
const workers: MessagePort[] = [];

beforeEach(() => {
  offline = false;
  moduleType = "application/wasm";
  cache = new FakeCache();
  vi.stubGlobal("caches", { open: () => Promise.resolve(cache) });
  vi.stubGlobal("fetch", (url: URL | string, init?: RequestInit): Promise<Response> => {
    if (String(url).startsWith("file:"))
      return Promise.resolve(
        new Response(new Uint8Array(readFileSync(fileURLToPath(url))), { headers: { "content-type": moduleType } }),
      );
    return offline ? Promise.reject(new TypeError("offline")) : networkFetch(url, init);
  });
});

afterEach(async () => {
  vi.unstubAllGlobals();
  for (const port of workers.splice(0)) port.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** A worker that is none: the same script behind a port. */
function worker(): Worker {
  const { port1, port2 } = new MessageChannel();
  workers.push(port1, port2);
  expose(new WorkerApi(), port2);
  port1.start();
  port2.start();
  return port1 as unknown as Worker;
}

const openHere = (options: Partial<OpenOptions> = {}): ReturnType<typeof open> =>
  open({ bundle: base, worker: worker(), simd: "plain", ...options });

/* ---- Tests ---------------------------------------------------------------------------------------------- */

test("the page gets the same answers as Node in-process", async () => {
  const pulse = await openHere();
  const local = await (await import("../dist/node.js")).open({ bundle: inject("bundle") });
  expect(pulse.info).toEqual(local.info);
  expect(pulse.variant).toBe("plain");
  const songs = await pulse.search("a", 5);
  expect(songs).toEqual(await local.search("a", 5));
  const [song] = songs;
  if (!song) throw new Error("the search found nothing");
  expect(await pulse.song(song.song_id)).toEqual(await local.song(song.song_id));
  const request = { seeds: [{ song_id: song.song_id }], k: 25, diversity: 0.3 };
  expect(await pulse.recommend(request)).toEqual(await local.recommend(request));
  pulse.close();
  local.close();
});

test("an error keeps its code and message on the way to the page", async () => {
  const pulse = await openHere();
  await expect(pulse.recommend({})).rejects.toMatchObject({ name: "PulseError", code: "argument" });
  await expect(pulse.song("nobody")).rejects.toMatchObject({ code: "not-found" });
  pulse.close();
  await expect(pulse.search("a")).rejects.toMatchObject({ code: "aborted" });
});

test("only what a recommendation needs is fetched, and the rest when it is asked for", async () => {
  const pulse = await openHere();
  expect(requests.sort()).toEqual(["manifest.json", nameOf("catalog"), nameOf("vectors")].sort());
  const feature = pulse.info.features[0];
  if (!feature) throw new Error("the bundle has no features");
  const request = { features: { [feature.name]: feature.max } };
  await Promise.all([pulse.recommend(request), pulse.recommend(request)]);
  await pulse.recommend(request);
  expect(countOf(nameOf("autoencoder"))).toBe(1);
  pulse.close();
});

test("the map crosses the worker, and is fetched once, when it is asked for", async () => {
  let map: ReturnType<typeof mapFile> | undefined;
  const manifest = withMap(bodyOf("manifest.json"), (songs) => (map = mapFile(songs)).entry);
  const bytes = (name: string): Buffer | undefined => (name === map?.name ? map.bytes : undefined);
  intervene = (name) => {
    const body = name === "manifest.json" ? manifest : bytes(name);
    return body && { body };
  };
  const pulse = await openHere();
  expect(pulse.info.map).toBe(true);
  expect(countOf(map?.name ?? "")).toBe(0);
  const [first, second] = await Promise.all([pulse.map(), pulse.map()]);
  expect(first).toEqual(second);
  expect(first.song_ids).toHaveLength(pulse.info.songs);
  expect(first.positions).toEqual(Float32Array.from(map?.xy ?? [], (steps) => steps / 32767));
  expect(countOf(map?.name ?? "")).toBe(1);
  pulse.close();
});

test("progress counts the bytes of the module and of the bundle", async () => {
  const seen: Progress[] = [];
  const pulse = await openHere({ onProgress: (progress) => seen.push(progress) });
  pulse.close();
  const last = (phase: string): Progress | undefined => seen.filter((progress) => progress.phase === phase).at(-1);
  const bundleBytes = bodyOf(nameOf("catalog")).length + bodyOf(nameOf("vectors")).length;
  expect(last("bundle")).toEqual({ phase: "bundle", loaded: bundleBytes, total: bundleBytes });
  const moduleBytes = readFileSync(new URL("../dist/pulse.simd.wasm", import.meta.url)).length;
  expect(last("module")).toEqual({ phase: "module", loaded: moduleBytes, total: moduleBytes });
  expect(seen.at(-1)?.phase).toBe("opening");
});

test("a module that is served with the wrong type runs all the same", async () => {
  moduleType = "application/octet-stream";
  const pulse = await openHere();
  expect(pulse.info.songs).toBeGreaterThan(0);
  pulse.close();
});

describe("when the network", () => {
  test("breaks once in the middle of a file, it is fetched again", async () => {
    const name = nameOf("catalog");
    intervene = (each, count) => (each === name && count === 1 ? { body: bodyOf(name), breakAfter: 1000 } : undefined);
    const pulse = await openHere();
    expect(countOf(name)).toBe(2);
    pulse.close();
  });

  test("breaks twice, opening fails as network", async () => {
    const name = nameOf("vectors");
    intervene = (each) => (each === name ? { body: bodyOf(name), breakAfter: 1000 } : undefined);
    await expect(openHere()).rejects.toMatchObject({
      code: "network",
      message: expect.stringContaining(name) as string,
    });
    expect(countOf(name)).toBe(2);
  });

  test("answers 503 once, it is asked again; 404 is final", async () => {
    intervene = (each, count) => (count === 1 ? { status: 503, body: Buffer.alloc(0) } : undefined);
    (await openHere()).close();
    const name = nameOf("catalog");
    requests.length = 0;
    intervene = (each) => (each === name ? { status: 404, body: Buffer.alloc(0) } : undefined);
    await expect(openHere({ cache: false })).rejects.toMatchObject({ code: "not-found" });
    expect(countOf(name)).toBe(1);
  });

  test("delivers a damaged file, it is asked once more and then refused", async () => {
    const name = nameOf("vectors");
    const damaged = Buffer.from(bodyOf(name));
    damaged[damaged.length >> 1] = (damaged[damaged.length >> 1] ?? 0) ^ 1;
    intervene = (each) => (each === name ? { body: damaged } : undefined);
    await expect(openHere()).rejects.toMatchObject({
      code: "format",
      message: expect.stringContaining(name) as string,
    });
    expect(countOf(name)).toBe(2);
    expect([...cache.entries.keys()].some((url) => url.endsWith(name))).toBe(false);
  });

  test("delivers a file that is too long, it is refused", async () => {
    const name = nameOf("vectors");
    intervene = (each) => (each === name ? { body: Buffer.concat([bodyOf(name), Buffer.from("x")]) } : undefined);
    await expect(openHere()).rejects.toMatchObject({
      code: "format",
      message: expect.stringContaining("longer") as string,
    });
  });

  test("delivers a page instead of the manifest, the message names it", async () => {
    intervene = (each) =>
      each === "manifest.json" ? { body: Buffer.from("<!doctype html>"), type: "text/html" } : undefined;
    await expect(openHere()).rejects.toMatchObject({
      code: "format",
      message: expect.stringMatching(/manifest\.json .* web page/) as string,
    });
  });

  test("delivers a manifest of a later version, that is what it says", async () => {
    const manifest = JSON.parse(bodyOf("manifest.json").toString()) as { version: number };
    manifest.version = 99;
    intervene = (each) => (each === "manifest.json" ? { body: Buffer.from(JSON.stringify(manifest)) } : undefined);
    await expect(openHere()).rejects.toMatchObject({ code: "version" });
  });
});

test.each([4_294_000_000, 2 ** 40])("a file of %d bytes is more than the memory, and that is said", async (bytes) => {
  const manifest = JSON.parse(bodyOf("manifest.json").toString()) as { files: { shards: { bytes: number }[] }[] };
  for (const file of manifest.files) for (const shard of file.shards) shard.bytes = bytes;
  intervene = (each) => (each === "manifest.json" ? { body: Buffer.from(JSON.stringify(manifest)) } : undefined);
  await expect(openHere()).rejects.toMatchObject({ code: "memory" });
});

test("without crypto.subtle the core checks the files", async () => {
  const name = nameOf("vectors");
  const damaged = Buffer.from(bodyOf(name));
  damaged[damaged.length - 9] = (damaged[damaged.length - 9] ?? 0) ^ 1;
  vi.stubGlobal("crypto", { getRandomValues: globalThis.crypto.getRandomValues.bind(globalThis.crypto) });
  (await openHere({ cache: false })).close();
  intervene = (each) => (each === name ? { body: damaged } : undefined);
  await expect(openHere({ cache: false })).rejects.toMatchObject({ code: "format" });
});

describe("the cache", () => {
  test("keeps a bundle, which then opens without fetching its files, and without the network", async () => {
    (await openHere()).close();
    requests.length = 0;
    (await openHere()).close();
    expect(requests).toEqual(["manifest.json"]);
    offline = true;
    const pulse = await openHere();
    expect((await pulse.search("a", 3)).length).toBe(3);
    pulse.close();
  });

  test("is left alone when it is not wanted", async () => {
    (await openHere({ cache: false })).close();
    expect(cache.entries.size).toBe(0);
    offline = true;
    await expect(openHere({ cache: false })).rejects.toMatchObject({ code: "network" });
  });

  test("that went bad is thrown away, and the file fetched", async () => {
    (await openHere()).close();
    const name = nameOf("catalog");
    cache.entries.set(base + name, new Uint8Array(bodyOf(name).length));
    requests.length = 0;
    (await openHere()).close();
    expect(countOf(name)).toBe(1);
    const kept = await cache.match(base + name);
    // Not toEqual, which takes a minute over megabytes.
    expect(bodyOf(name).equals(Buffer.from((await kept?.arrayBuffer()) ?? new ArrayBuffer()))).toBe(true);
  });

  test("loses what the bundle no longer names, and nothing of others", async () => {
    const others = [`${base}deeper/vectors.old.safetensors`, "http://127.0.0.1/other/vectors.old.safetensors"];
    const old = `${base}vectors.old.safetensors`;
    for (const url of [...others, old]) await cache.put(url, new Response("x"));
    (await openHere()).close();
    expect(cache.entries.has(old)).toBe(false);
    for (const url of others) expect(cache.entries.has(url)).toBe(true);
    expect(cache.entries.has(base + nameOf("catalog"))).toBe(true);
  });

  test("that cannot be written is no reason to fail", async () => {
    vi.spyOn(cache, "put").mockRejectedValue(new DOMException("full", "QuotaExceededError"));
    (await openHere()).close();
  });
});

describe("giving up", () => {
  test("before anything begins", async () => {
    await expect(openHere({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "aborted" });
    expect(requests).toEqual([]);
  });

  test("while a file is under way", async () => {
    const controller = new AbortController();
    const opening = openHere({
      signal: controller.signal,
      onProgress: ({ phase, loaded }) => {
        if (phase === "bundle" && loaded > 0) controller.abort();
      },
    });
    await expect(opening).rejects.toMatchObject({ code: "aborted" });
  });

  test("by closing rejects what is under way", async () => {
    const pulse = await openHere();
    const pending = pulse.search("a");
    pulse.close();
    await expect(pending).rejects.toMatchObject({ code: "aborted" });
  });
});

const hasEncoder = (): boolean => [...files.keys()].some((name) => name.startsWith("encoder."));
const encoderNames = (): string[] => [...files.keys()].filter((name) => /^(encoder|vocab)\./.test(name)).sort();

describe("a text", () => {
  /** The fastest way to compute may be another each time, and the last digits with it. */
  const compute = "int16";

  beforeEach(({ skip }) => {
    if (!hasEncoder()) skip("the bundle has no encoder");
  });

  test("fetches the encoder when it first comes, each shard once, and keeps them", async () => {
    const pulse = await openHere({ compute });
    expect(requests.some((name) => encoderNames().includes(name))).toBe(false);
    const seen: Progress[] = [];
    const vector = await pulse.encode("a song about rain", { onProgress: (progress) => seen.push(progress) });
    expect(requests.filter((name) => encoderNames().includes(name)).sort()).toEqual(encoderNames());
    const total = encoderNames().reduce((sum, name) => sum + bodyOf(name).length, 0);
    expect(seen.filter(({ phase }) => phase === "encoder").at(-1)).toEqual({ phase: "encoder", loaded: total, total });
    expect(seen.at(-1)?.phase).toBe("opening");
    pulse.close();

    requests.length = 0;
    const again = await openHere({ compute });
    expect(await again.encode("a song about rain")).toEqual(vector);
    expect(requests).toEqual(["manifest.json"]);
    again.close();
  });

  test("gets the same answers as in-process", async () => {
    const pulse = await openHere({ compute });
    const { open: openLocally } = await import("../dist/node.js");
    const local = await openLocally({ bundle: inject("bundle"), simd: "plain", compute });
    const text = "a song about rain";
    expect(await pulse.tokenize(text)).toEqual(await local.tokenize(text));
    expect(await pulse.encode(text)).toEqual(await local.encode(text));
    expect(await pulse.recommend({ text, k: 5 })).toEqual(await local.recommend({ text, k: 5 }));
    pulse.close();
    local.close();
  });

  test("that could not be read for want of the encoder can be the next time", async () => {
    const pulse = await openHere();
    const [name = ""] = encoderNames();
    intervene = (each) => (each === name ? { body: bodyOf(name), breakAfter: 1000 } : undefined);
    await expect(pulse.encode("a")).rejects.toMatchObject({
      code: "network",
      message: expect.stringContaining(name) as string,
    });
    intervene = () => undefined;
    expect((await pulse.encode("a")).length).toBeGreaterThan(0);
    pulse.close();
  });

  test("that is given up stops the download, and the worker does something else", async () => {
    const pulse = await openHere({ cache: false });
    const controller = new AbortController();
    const encoding = pulse.encode("a", {
      signal: controller.signal,
      onProgress: ({ loaded }) => {
        if (loaded > 0) controller.abort();
      },
    });
    await expect(encoding).rejects.toMatchObject({ code: "aborted" });
    expect(await pulse.search("a", 3)).toHaveLength(3);
    // Nothing is left of it: the next call fetches every shard again.
    requests.length = 0;
    await pulse.prepareText();
    expect([...requests].sort()).toEqual(expect.arrayContaining(encoderNames()));
    pulse.close();
  });

  test("needs no encoder in a bundle that has none: that is said", async () => {
    const manifest = JSON.parse(bodyOf("manifest.json").toString()) as { files: { role: string }[] };
    manifest.files = manifest.files.filter(({ role }) => role !== "encoder" && role !== "vocab");
    intervene = (each) => (each === "manifest.json" ? { body: Buffer.from(JSON.stringify(manifest)) } : undefined);
    const pulse = await openHere();
    await expect(pulse.encode("a")).rejects.toMatchObject({ code: "unsupported" });
    pulse.close();
  });
});

test("an address that is none is refused", async () => {
  await expect(open({ bundle: "no scheme", worker: worker() })).rejects.toMatchObject({ code: "argument" });
});

test("a worker that fails ends every call", async () => {
  const broken = new EventTarget() as EventTarget & { postMessage(): void };
  broken.postMessage = () => {
    queueMicrotask(() => broken.dispatchEvent(new Event("error")));
  };
  await expect(open({ bundle: base, worker: broken as unknown as Worker })).rejects.toMatchObject({ code: "internal" });
});
