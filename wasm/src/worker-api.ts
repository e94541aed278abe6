import { releaseProxy } from "comlink";

import { asPulseError, PulseError, throwIfAborted, type PulseErrorCode } from "./error.js";
import { compileFromNetwork, HttpReader } from "./fetch.js";
import { Session } from "./session.js";
import type {
  BundleInfo,
  CommonOptions,
  Progress,
  Recommendations,
  RecommendRequest,
  Song,
  SongDetails,
  SongId,
  Variant,
} from "./types.js";

/** An answer as it crosses threads: an error would lose its code on the way. */
export type Reply<T> = { ok: true; value: T } | { ok: false; code: PulseErrorCode; message: string };

export interface WorkerOpenOptions {
  /** Absolute, of the bundle's directory, with a slash at its end. */
  bundle: string;
  simd: NonNullable<CommonOptions["simd"]>;
  cache: boolean;
}

/** The page's callback, as Comlink hands it to the worker. */
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

/** What the worker does for the page: one bundle at a time. */
export class WorkerApi {
  #session: Session | undefined;
  #opening: AbortController | undefined;

  /**
   * Opens a bundle, and closes the one before.
   *
   * @param onProgress of the page: calling it sends a message, and gives a promise of its having been handled
   */
  open(
    options: WorkerOpenOptions,
    onProgress?: ProxiedCallback,
  ): Promise<Reply<{ info: BundleInfo; variant: Variant }>> {
    return reply(async () => {
      this.close();
      const opening = new AbortController();
      this.#opening = opening;
      // Reports take another way than the reply, which must not overtake them.
      let reported: unknown;
      try {
        const session = await Session.open(new HttpReader(new URL(options.bundle), options.cache), compileFromNetwork, {
          simd: options.simd,
          signal: opening.signal,
          onProgress: (progress) => {
            reported = onProgress?.(progress);
          },
        });
        if (opening.signal.aborted) session.close();
        throwIfAborted(opening.signal);
        this.#session = session;
        await reported;
        return { info: session.info, variant: session.variant };
      } finally {
        const release = onProgress?.[releaseProxy];
        release?.();
      }
    });
  }

  search(text: string, limit?: number): Promise<Reply<Song[]>> {
    return reply(() => this.#opened().search(text, limit));
  }

  recommend(request: RecommendRequest): Promise<Reply<Recommendations>> {
    return reply(() => this.#opened().recommend(request));
  }

  song(id: SongId): Promise<Reply<SongDetails>> {
    return reply(() => this.#opened().song(id));
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
