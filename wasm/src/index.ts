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

import { asPulseError, PulseError, throwIfAborted } from "./error.js";
import { tell } from "./shared-load.js";
import type {
  BundleInfo,
  CallOptions,
  CommonOptions,
  Progress,
  Recommendations,
  RecommendRequest,
  Recommender,
  Song,
  SongDetails,
  SongId,
  SongMap,
  Variant,
} from "./types.js";
import type { Calls, Opened, Reply, WorkerApi } from "./worker-api.js";

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

  /** Asks the worker. Rejects also when the connection ends, or the signal is raised, first. */
  ask<T>(
    question: (remote: Remote<WorkerApi>) => Promise<Reply<T>>,
    signal?: AbortSignal,
    stop?: (remote: Remote<WorkerApi>) => Promise<void>,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        reject(new PulseError("aborted", "the call was aborted", { cause: signal?.reason }));
        stop?.(this.#remote).catch(() => undefined);
      };
      if (this.#over) {
        reject(this.#over);
        return;
      }
      this.#pending.add(reject);
      signal?.addEventListener("abort", abort, { once: true });
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
        .finally(() => {
          this.#pending.delete(reject);
          signal?.removeEventListener("abort", abort);
        });
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

/** The caller's callback, where he has one, as the worker can call it. */
const proxied = (caller: CallOptions): ((progress: Progress) => void) | undefined =>
  caller.onProgress &&
  proxy((progress: Progress) => {
    tell(caller, progress);
  });

class WorkerRecommender implements Recommender {
  readonly info: BundleInfo;
  readonly variant: Variant;
  readonly threads: number;
  readonly #connection: Connection;
  #calls = 0;

  constructor(connection: Connection, { info, variant, threads }: Opened) {
    this.#connection = connection;
    this.info = info;
    this.variant = variant;
    this.threads = threads;
  }

  search(text: string, limit?: number): Promise<Song[]> {
    return this.#ask("search", [text, limit]);
  }

  recommend(request: RecommendRequest, options?: CallOptions): Promise<Recommendations> {
    return this.#ask("recommend", [request], options);
  }

  song(id: SongId): Promise<SongDetails> {
    return this.#ask("song", [id]);
  }

  map(options?: CallOptions): Promise<SongMap> {
    return this.#ask("map", [], options);
  }

  prepareText(options?: CallOptions): Promise<void> {
    return this.#ask("prepareText", [], options);
  }

  encode(text: string, options?: CallOptions): Promise<Float32Array> {
    return this.#ask("encode", [text], options);
  }

  tokenize(text: string, options?: CallOptions): Promise<number[]> {
    return this.#ask("tokenize", [text], options);
  }

  close(): void {
    this.#connection.end(new PulseError("aborted", "the recommender is closed"));
  }

  /** Passes a call on to the worker, where the session has it under the same name. */
  async #ask<Name extends keyof Calls>(
    name: Name,
    args: unknown[],
    options: CallOptions = {},
  ): Promise<Awaited<ReturnType<Calls[Name]>>> {
    throwIfAborted(options.signal);
    const call = ++this.#calls;
    const answer = await this.#connection.ask(
      (remote) => remote.ask(call, name, args, proxied(options)),
      options.signal,
      (remote) => remote.abort(call),
    );
    // The worker's own session gave it.
    return answer as Awaited<ReturnType<Calls[Name]>>;
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
  const { signal, simd = "auto", cache = true, threads, compute } = options;
  const bundle = directoryUrl(options.bundle);
  const abortion = new PulseError("aborted", "the call was aborted");
  if (signal?.aborted) throw abortion;
  const connection = new Connection(options.worker);
  const stop = (): void => {
    connection.end(abortion);
  };
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const chosen = { bundle, simd, cache, ...(threads !== undefined && { threads }), ...(compute && { compute }) };
    const opened = await connection.ask((remote) => remote.open(chosen, proxied(options)));
    return new WorkerRecommender(connection, opened);
  } catch (error) {
    connection.end(asPulseError(error));
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
