import { PulseError, throwIfAborted } from "./error.js";
import type { CallOptions, Progress } from "./types.js";

type Report = (progress: Progress) => void;

interface Attempt {
  readonly done: Promise<void>;
  readonly controller: AbortController;
  readonly reports: Set<Report>;
  waiting: number;
}

/** Tells the caller, and leaves what his callback throws to him: to his console. */
export function tell(caller: CallOptions, progress: Progress): void {
  try {
    caller.onProgress?.(progress);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** Rejects with code "aborted" when the signal is raised before the promise settles. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => {
      reject(new PulseError("aborted", "the call was aborted", { cause: signal.reason }));
    };
  });
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/**
 * Something to load that several calls may wait for at once. It is loaded for the first of them, and once; it is given
 * up when all of them have been; where it failed, the next call tries again.
 */
export class SharedLoad {
  readonly #load: (report: Report, signal: AbortSignal) => Promise<void>;
  #attempt: Attempt | undefined;
  #loaded = false;

  constructor(load: (report: Report, signal: AbortSignal) => Promise<void>) {
    this.#load = load;
  }

  /** Resolves once it is loaded. */
  async wait(caller: CallOptions = {}): Promise<void> {
    const { signal } = caller;
    throwIfAborted(signal);
    if (this.#loaded) return;
    const attempt = (this.#attempt ??= this.#begin());
    // One of its own for each call: two may have the same caller.
    const report: Report = (progress) => {
      tell(caller, progress);
    };
    attempt.reports.add(report);
    attempt.waiting += 1;
    try {
      await orAborted(attempt.done, signal);
    } finally {
      attempt.reports.delete(report);
      attempt.waiting -= 1;
      if (attempt.waiting === 0) this.#giveUp(attempt);
    }
  }

  /** Gives up whatever calls wait for it: they reject. */
  stop(): void {
    if (this.#attempt) this.#giveUp(this.#attempt);
  }

  #begin(): Attempt {
    const controller = new AbortController();
    const reports = new Set<Report>();
    const reportToAll: Report = (progress) => {
      for (const report of reports) report(progress);
    };
    const attempt: Attempt = {
      done: this.#load(reportToAll, controller.signal).then(
        () => {
          this.#loaded = true;
        },
        (error: unknown) => {
          this.#giveUp(attempt);
          throw error;
        },
      ),
      controller,
      reports,
      waiting: 0,
    };
    // Nobody may be waiting any more when it fails.
    attempt.done.catch(() => undefined);
    return attempt;
  }

  /** Without effect on what is loaded already. */
  #giveUp(attempt: Attempt): void {
    attempt.controller.abort();
    if (this.#attempt === attempt) this.#attempt = undefined;
  }
}
