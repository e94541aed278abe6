import { releaseProxy } from "comlink";

import { asPulseError, PulseError, throwIfAborted, type PulseErrorCode } from "./error.js";
import { compileFromNetwork, HttpReader } from "./fetch.js";
import { Session } from "./session.js";
import type { CallOptions, CommonOptions, Progress, Recommender } from "./types.js";

/** An answer as it crosses threads: an error would lose its code on the way. */
export type Reply<T> = { ok: true; value: T } | { ok: false; code: PulseErrorCode; message: string };

export interface WorkerOpenOptions extends Pick<CommonOptions, "threads" | "compute"> {
  /** Absolute, of the bundle's directory, with a slash at its end. */
  bundle: string;
  simd: NonNullable<CommonOptions["simd"]>;
  cache: boolean;
}

/** What the page learns of an opened bundle. */
export type Opened = Pick<Recommender, "info" | "variant" | "threads">;

/** The recommender's calls, which the page and the worker only pass on. */
export type Calls = Omit<Recommender, keyof Opened | "close">;

/** The page's callback, as Comlink hands it to the worker. Calling it sends a message, and gives a promise. */
interface ProxiedCallback {
  (progress: Progress): unknown;
  [releaseProxy]?: () => void;
}

async function reply<T>(answer: () => T | Promise<T>): Promise<Reply<T>> {
  try {
    return { ok: true, value: await answer() };
  } catch (thrown) {
    const { code, message } = asPulseError(thrown);
    return { ok: false, code, message };
  }
}

/** Hands `work` the page's callback for its time. */
async function reporting<T>(
  onProgress: ProxiedCallback | undefined,
  work: (options: Required<Pick<CallOptions, "onProgress">>) => Promise<T>,
): Promise<T> {
  // Reports take another way than the reply, which must not overtake them.
  let reported: unknown;
  try {
    const value = await work({
      onProgress: (progress) => {
        reported = onProgress?.(progress);
      },
    });
    await reported;
    return value;
  } finally {
    const release = onProgress?.[releaseProxy];
    release?.();
  }
}

/** What the worker does for the page: one bundle at a time. */
export class WorkerApi {
  #session: Session | undefined;
  #opening: AbortController | undefined;
  /** The calls under way, by the number that the page gave them. */
  readonly #calls = new Map<number, AbortController>();

  /** Opens a bundle, and closes the one before. */
  open({ bundle, cache, ...options }: WorkerOpenOptions, onProgress?: ProxiedCallback): Promise<Reply<Opened>> {
    return reply(async () => {
      this.close();
      const opening = new AbortController();
      this.#opening = opening;
      return reporting(onProgress, async (report) => {
        const reader = new HttpReader(new URL(bundle), cache);
        const { signal } = opening;
        const session = await Session.open(reader, compileFromNetwork, { ...options, ...report, signal });
        if (signal.aborted) session.close();
        throwIfAborted(signal);
        this.#session = session;
        const { info, variant, threads } = session;
        return { info, variant, threads };
      });
    });
  }

  /**
   * One of the recommender's calls.
   *
   * @param call a number for {@link abort}
   * @param args all of the call's but for {@link CallOptions}
   */
  ask(call: number, name: keyof Calls, args: unknown[], onProgress?: ProxiedCallback): Promise<Reply<unknown>> {
    const controller = new AbortController();
    this.#calls.set(call, controller);
    const { signal } = controller;
    const answer = reply(() => {
      const session = this.#opened();
      const calls = session as Record<keyof Calls, (...args: unknown[]) => Promise<unknown>>;
      return reporting(onProgress, (report) => calls[name](...args, { ...report, signal }));
    });
    return answer.finally(() => this.#calls.delete(call));
  }

  /** Gives a call up. */
  abort(call: number): void {
    this.#calls.get(call)?.abort();
  }

  /** Frees the bundle, also one that is still being opened. */
  close(): void {
    this.#opening?.abort();
    this.#opening = undefined;
    this.#session?.close();
    this.#session = undefined;
  }

  #opened(): Session {
    if (this.#session) return this.#session;
    throw new PulseError("aborted", "the recommender is closed");
  }
}
