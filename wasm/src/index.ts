/**
 * Recommend songs that belong with other songs, in the browser: everything runs in a Web Worker of the page, and
 * nothing about the listener leaves it.
 *
 * ```ts
 * import { open } from "playlistpulse";
 * const pulse = await open({ bundle: "/models/default/" });
 * const { results } = await pulse.recommend({ seeds: [{ title: "Believe", artist: "Cher" }] });
 * ```
 *
 * @packageDocumentation
 */
import { proxy, releaseProxy, wrap, type Remote } from "comlink";

import { asPulseError, PulseError } from "./error.js";
import type {
  BundleInfo,
  CommonOptions,
  Progress,
  Recommendations,
  RecommendRequest,
  Recommender,
  Song,
  SongDetails,
  SongId,
  Variant,
} from "./types.js";
import type { Reply, WorkerApi } from "./worker-api.js";

export { PulseError, type PulseErrorCode } from "./error.js";
export { supportedVariants } from "./simd.js";
export type * from "./types.js";

export interface OpenOptions extends CommonOptions {
  /** The directory that holds `manifest.json`, relative to the page. */
  bundle: string | URL;
  /** Keep the bundle in the Cache API, so that it opens again without the network. True when left out. */
  cache?: boolean;
  /**
   * A worker that runs `playlistpulse/worker`, for one bundle at a time. It stays the caller's: it is not
   * terminated. When left out a worker is made, and terminated by `close`.
   */
  worker?: Worker;
}

/** The bundle's directory as the worker needs it: absolute, with a slash at its end. */
function directoryUrl(bundle: string | URL): string {
  let url: URL;
  try {
    url = new URL(bundle, (globalThis as { location?: { href: string } }).location?.href);
  } catch (cause) {
    throw new PulseError("argument", `"${String(bundle)}" is not the address of a bundle`, { cause });
  }
  url.search = "";
  url.hash = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url.href;
}

/** A worker, and what is under way in it: none of that must wait for ever once the worker is gone. */
class Connection {
  readonly #worker: Worker;
  readonly #ours: boolean;
  readonly #remote: Remote<WorkerApi>;
  readonly #pending = new Set<(error: PulseError) => void>();
  #over: PulseError | undefined;

  constructor(worker: Worker | undefined) {
    this.#ours = worker === undefined;
    // In one piece, which is the form that bundlers look for.
    this.#worker = worker ?? new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    this.#worker.addEventListener("error", this.#failed);
    this.#worker.addEventListener("messageerror", this.#failed);
    this.#remote = wrap<WorkerApi>(this.#worker);
  }

  /** Asks the worker. Rejects also when the connection ends first. */
  ask<T>(question: (remote: Remote<WorkerApi>) => Promise<Reply<T>>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#over) {
        reject(this.#over);
        return;
      }
      this.#pending.add(reject);
      question(this.#remote)
        .then(
          (reply) => {
            if (reply.ok) resolve(reply.value);
            else reject(new PulseError(reply.code, reply.message));
          },
          (error: unknown) => {
            reject(asPulseError(error));
          },
        )
        .finally(() => this.#pending.delete(reject));
    });
  }

  end(error: PulseError): void {
    if (this.#over) return;
    this.#over = error;
    this.#worker.removeEventListener("error", this.#failed);
    this.#worker.removeEventListener("messageerror", this.#failed);
    if (this.#ours) this.#worker.terminate();
    else
      this.#remote
        .close()
        .then(() => {
          this.#remote[releaseProxy]();
        })
        .catch(() => undefined);
    for (const reject of this.#pending) reject(error);
    this.#pending.clear();
  }

  readonly #failed = (event: Event): void => {
    const { message } = event as Partial<ErrorEvent>;
    this.end(new PulseError("internal", `the worker ${message ? `failed: ${message}` : "could not be started"}`));
  };
}

class WorkerRecommender implements Recommender {
  readonly info: BundleInfo;
  readonly variant: Variant;
  readonly #connection: Connection;

  constructor(connection: Connection, info: BundleInfo, variant: Variant) {
    this.#connection = connection;
    this.info = info;
    this.variant = variant;
  }

  search(text: string, limit?: number): Promise<Song[]> {
    return this.#connection.ask((remote) => remote.search(text, limit));
  }

  recommend(request: RecommendRequest): Promise<Recommendations> {
    return this.#connection.ask((remote) => remote.recommend(request));
  }

  song(id: SongId): Promise<SongDetails> {
    return this.#connection.ask((remote) => remote.song(id));
  }

  close(): void {
    this.#connection.end(new PulseError("aborted", "the recommender is closed"));
  }
}

/**
 * Opens a bundle in a worker: fetches the WebAssembly module and the bundle's catalogue and vectors side by side,
 * and checks them.
 *
 * @throws PulseError (by rejecting) `no-simd`, `network`, `not-found`, `format`, `version`, `memory`, `aborted`,
 * `argument` where `bundle` is no address
 */
export async function open(options: OpenOptions): Promise<Recommender> {
  const { signal, simd = "auto", cache = true } = options;
  const bundle = directoryUrl(options.bundle);
  const abortion = new PulseError("aborted", "the call was aborted");
  if (signal?.aborted) throw abortion;
  const connection = new Connection(options.worker);
  const stop = (): void => {
    connection.end(abortion);
  };
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const { info, variant } = await connection.ask((remote) =>
      remote.open(
        { bundle, simd, cache },
        options.onProgress &&
          proxy((progress: Progress) => {
            try {
              options.onProgress?.(progress);
            } catch (error) {
              // The caller's own defect: it is his console's, not the worker's.
              queueMicrotask(() => {
                throw error;
              });
            }
          }),
      ),
    );
    return new WorkerRecommender(connection, info, variant);
  } catch (error) {
    connection.end(asPulseError(error));
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
