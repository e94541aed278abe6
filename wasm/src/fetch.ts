import type { Block } from "./engine.js";
import { isAbort, PulseError, throwIfAborted } from "./error.js";
import { manifestName, maximumManifestBytes, type Shard } from "./manifest.js";
import type { CompileModule } from "./module.js";
import { hasHash, type BundleReader } from "./reader.js";

const cacheName = "playlistpulse-1";
/** Milliseconds before the one second try. */
const pause = 300;

/* ---- One request ---------------------------------------------------------------------------------------- */

const aborted = (cause: unknown): PulseError => new PulseError("aborted", "the call was aborted", { cause });

/** A failure that may be gone the next time. */
class Passing extends PulseError {}

async function request(url: URL, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (cause) {
    if (init.signal?.aborted) throw aborted(cause);
    throw new Passing("network", `${url.href} could not be fetched`, { cause });
  }
  if (response.ok) return response;
  void response.body?.cancel().catch(() => undefined);
  const status = `the server answered ${String(response.status)} for ${url.href}`;
  if (response.status === 404 || response.status === 410) throw new PulseError("not-found", status);
  const passing = response.status >= 500 || response.status === 408 || response.status === 429;
  throw passing ? new Passing("network", status) : new PulseError("network", status);
}

/** The body's chunks. A connection that breaks is a passing failure. */
async function* chunksOf(response: Response, url: URL, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      throwIfAborted(signal);
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (cause) {
    if (signal.aborted || isAbort(cause)) throw aborted(cause);
    throw new Passing("network", `the connection broke while ${url.href} was read`, { cause });
  } finally {
    // Where the consumer stopped early the rest is not wanted; at the end this does nothing.
    void reader.cancel().catch(() => undefined);
  }
}

/** Runs `attempt`, and once more after a failure that may be gone by then. */
async function twice<T>(signal: AbortSignal, attempt: (again: boolean) => Promise<T>): Promise<T> {
  try {
    return await attempt(false);
  } catch (error) {
    if (!(error instanceof Passing) || signal.aborted) throw error;
  }
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, pause);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
  throwIfAborted(signal);
  return attempt(true);
}

/* ---- The module ----------------------------------------------------------------------------------------- */

/** Compiles while the bytes come in. */
export const compileFromNetwork: CompileModule = (url, onBytes, signal) =>
  twice(signal, async () => {
    const response = await request(url, { signal });
    // The browser keeps compiled code with the response it came in, so the response itself is compiled and a
    // copy is counted. Where a server sends the wrong type a browser would refuse to: then the other way round.
    const typed = response.headers.get("content-type") === "application/wasm";
    const counted = response.clone();
    const compiled = typed
      ? response
      : new Response(response.body, { headers: { "content-type": "application/wasm" } });
    const count = async (): Promise<void> => {
      let loaded = 0;
      for await (const chunk of chunksOf(counted, url, signal)) onBytes((loaded += chunk.length));
    };
    const [module] = await Promise.all([
      WebAssembly.compileStreaming(compiled).catch((cause: unknown) => {
        if (signal.aborted) throw aborted(cause);
        if (cause instanceof WebAssembly.CompileError) throw cause;
        throw new Passing("network", `${url.href} could not be read`, { cause });
      }),
      count(),
    ]);
    return module;
  });

/* ---- The bundle ----------------------------------------------------------------------------------------- */

/** The Cache API's storage, or nothing where it is missing or forbidden. */
async function openCache(): Promise<Cache | undefined> {
  try {
    return await caches.open(cacheName);
  } catch {
    return undefined;
  }
}

/** Reads a bundle over HTTP. Shards are kept in the Cache API under their address, which names their content. */
export class HttpReader implements BundleReader {
  readonly #base: URL;
  readonly #manifestUrl: URL;
  readonly #cache: Promise<Cache | undefined>;

  /** @param base the bundle's directory, with a slash at its end */
  constructor(base: URL, cache: boolean) {
    this.#base = base;
    this.#manifestUrl = new URL(manifestName, base);
    this.#cache = cache ? openCache() : Promise.resolve(undefined);
  }

  get manifestAddress(): string {
    return this.#manifestUrl.href;
  }

  /** Always asks the server, which may have a new one; where there is no network the last one will do. */
  async readManifest(signal: AbortSignal): Promise<Uint8Array> {
    try {
      return await twice(signal, async () => {
        const response = await request(this.#manifestUrl, { signal, cache: "no-cache" });
        // One byte more than a manifest may have is enough to see that it has too many.
        const bytes = new Uint8Array(maximumManifestBytes + 1);
        let loaded = 0;
        for await (const chunk of chunksOf(response, this.#manifestUrl, signal)) {
          const fits = chunk.subarray(0, bytes.length - loaded);
          bytes.set(fits, loaded);
          if ((loaded += fits.length) === bytes.length) break;
        }
        return bytes.slice(0, loaded);
      });
    } catch (error) {
      if (!(error instanceof Passing)) throw error;
      const kept = await (await this.#cache)?.match(this.#manifestUrl).catch(() => undefined);
      if (!kept) throw error;
      return new Uint8Array(await kept.arrayBuffer());
    }
  }

  async readShard(
    shard: Shard,
    block: Promise<Block>,
    onBytes: (loaded: number) => void,
    signal: AbortSignal,
  ): Promise<boolean> {
    const url = new URL(shard.name, this.#base);
    const cache = await this.#cache;
    const kept = await cache?.match(url).catch(() => undefined);
    if (kept) {
      try {
        return await this.#fill(shard, kept, url, block, onBytes, signal);
      } catch (error) {
        // What was kept is damaged: it goes, and the server is asked.
        if (!(error instanceof Passing)) throw error;
        await cache?.delete(url).catch(() => undefined);
      }
    }
    const checked = await twice(signal, async (again) => {
      // The second time past the browser's own cache, in case that is what is damaged.
      const response = await request(url, { signal, ...(again && { cache: "reload" }) });
      return this.#fill(shard, response, url, block, onBytes, signal);
    });
    // Only bytes that were checked are kept. The copy is short-lived; a stream teed off the response would be
    // held in memory just as well, and unchecked. A full disk is no reason to fail.
    if (cache && checked) {
      const copy = new Response((await block).view().slice(), {
        headers: { "content-type": "application/octet-stream", "content-length": String(shard.bytes) },
      });
      await cache.put(url, copy).catch(() => undefined);
    }
    return checked;
  }

  async opened(manifest: Uint8Array, names: ReadonlySet<string>): Promise<void> {
    const cache = await this.#cache;
    if (!cache) return;
    try {
      await cache.put(
        this.#manifestUrl,
        new Response(manifest.slice(), { headers: { "content-type": "application/json" } }),
      );
      for (const { url } of await cache.keys()) {
        const name = url.startsWith(this.#base.href) ? url.slice(this.#base.href.length) : "";
        // Names with a slash are of another bundle, in a directory below.
        if (name !== "" && !name.includes("/") && name !== manifestName && !names.has(name)) await cache.delete(url);
      }
    } catch {
      // Whatever could not be kept or removed is tried again at the next opening.
    }
  }

  /** Streams the response into the block, and checks it. Wrong bytes are a passing failure: caches can be stale. */
  async #fill(
    shard: Shard,
    response: Response,
    url: URL,
    block: Promise<Block>,
    onBytes: (loaded: number) => void,
    signal: AbortSignal,
  ): Promise<boolean> {
    const target = await block.catch((error: unknown) => {
      void response.body?.cancel().catch(() => undefined);
      throw error;
    });
    let loaded = 0;
    onBytes(0);
    for await (const chunk of chunksOf(response, url, signal)) {
      if (loaded + chunk.length > shard.bytes) {
        throw new Passing("format", `${url.href} is longer than the ${String(shard.bytes)} bytes of its manifest`);
      }
      target.write(loaded, chunk);
      onBytes((loaded += chunk.length));
    }
    if (loaded < shard.bytes)
      throw new Passing("format", `${url.href} ends after ${String(loaded)} of ${String(shard.bytes)} bytes`);
    const right = await hasHash(target.view(), shard.sha256);
    throwIfAborted(signal);
    if (right === false) throw new Passing("format", `${url.href} is damaged: its SHA-256 is not the manifest's`);
    return right === true;
  }
}
