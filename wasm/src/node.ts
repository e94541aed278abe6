/**
 * The same recommender in Node, in the calling thread: for services, scripts and tests.
 *
 * ```ts
 * import { open } from "playlistpulse/node";
 * const pulse = await open({ bundle: "models/default" });
 * const { results } = await pulse.recommend({ seeds: [{ song_id: 17 }] });
 * ```
 *
 * Calls run to their end before the next line of any other code does: hundreds of microseconds to a few
 * milliseconds. A server with much to do opens the bundle in `worker_threads`.
 *
 * @packageDocumentation
 */
import { open as openFile, readFile, type FileHandle } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import type { Block } from "./engine.js";
import { PulseError, throwIfAborted } from "./error.js";
import { HttpReader } from "./fetch.js";
import { manifestName, maximumManifestBytes, type Shard } from "./manifest.js";
import type { CompileModule } from "./module.js";
import { hasHash, type BundleReader } from "./reader.js";
import { Session } from "./session.js";
import type { CommonOptions, Recommender } from "./types.js";

export { PulseError, type PulseErrorCode } from "./error.js";
export { supportedVariants } from "./simd.js";
export type * from "./types.js";

export interface OpenOptions extends CommonOptions {
  /** The directory that holds `manifest.json`: a path, a file: URL, or an http(s): URL. */
  bundle: string | URL;
}

const chunkBytes = 1024 * 1024;

/** What a file that cannot be read means to the caller. */
function fileError(path: string, cause: unknown): PulseError {
  if (cause instanceof PulseError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR")
    return new PulseError("not-found", `there is no file ${path}`, { cause });
  return new PulseError("network", `${path} cannot be read: ${message}`, { cause });
}

async function withFile<T>(path: string, use: (file: FileHandle, bytes: number) => Promise<T>): Promise<T> {
  let file: FileHandle | undefined;
  try {
    file = await openFile(path);
    return await use(file, (await file.stat()).size);
  } catch (cause) {
    throw fileError(path, cause);
  } finally {
    await file?.close();
  }
}

class DirectoryReader implements BundleReader {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  get manifestAddress(): string {
    return join(this.#directory, manifestName);
  }

  readManifest(): Promise<Uint8Array> {
    return withFile(this.manifestAddress, async (file, bytes) => {
      if (bytes > maximumManifestBytes)
        throw new PulseError("format", `${this.manifestAddress} is not the manifest of a bundle: it is over 1 MiB`);
      return file.readFile();
    });
  }

  readShard(
    shard: Shard,
    block: Promise<Block>,
    onBytes: (loaded: number) => void,
    signal: AbortSignal,
  ): Promise<boolean> {
    const path = join(this.#directory, shard.name);
    return withFile(path, async (file, bytes) => {
      const target = await block;
      if (bytes !== shard.bytes)
        throw new PulseError(
          "format",
          `${path} has ${String(bytes)} bytes, not the ${String(shard.bytes)} of its manifest`,
        );
      // Not straight into the module's memory, which may move while the file is being read.
      const chunk = new Uint8Array(Math.min(chunkBytes, shard.bytes));
      let loaded = 0;
      while (loaded < shard.bytes) {
        throwIfAborted(signal);
        const { bytesRead } = await file.read(chunk, 0, Math.min(chunk.length, shard.bytes - loaded), loaded);
        if (bytesRead === 0) throw new PulseError("format", `${path} became shorter while it was read`);
        target.write(loaded, chunk.subarray(0, bytesRead));
        onBytes((loaded += bytesRead));
      }
      const right = await hasHash(target.view(), shard.sha256);
      if (right === false) throw new PulseError("format", `${path} is damaged: its SHA-256 is not the manifest's`);
      return right === true;
    });
  }

  async opened(): Promise<void> {
    // Nothing is kept, so nothing is left over.
  }
}

const compileFromDisk: CompileModule = async (url, onBytes, signal) => {
  const path = fileURLToPath(url);
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await readFile(path, { signal });
  } catch (cause) {
    throwIfAborted(signal);
    throw fileError(path, cause);
  }
  onBytes(bytes.length);
  return WebAssembly.compile(bytes);
};

function readerOf(bundle: string | URL): BundleReader {
  const text = String(bundle);
  if (/^https?:/.test(text)) return new HttpReader(new URL(text.endsWith("/") ? text : `${text}/`), false);
  return new DirectoryReader(resolve(text.startsWith("file:") ? fileURLToPath(text) : text));
}

/**
 * Opens a bundle.
 *
 * @throws PulseError (by rejecting) as in the page; `network` also stands for a file that cannot be read
 */
export async function open(options: OpenOptions): Promise<Recommender> {
  return Session.open(readerOf(options.bundle), compileFromDisk, options);
}
