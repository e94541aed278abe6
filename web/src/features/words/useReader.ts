import type { Progress, Recommender } from "playlistpulse";
import { useCallback, useEffect, useState } from "react";
import { codeOf, failure, type Failure } from "../../engine/failure.ts";

export type ReaderState =
  | { status: "loading"; progress: Progress | null }
  | { status: "ready" }
  | { status: "stopped" }
  | { status: "failed"; failure: Failure };

export interface Reader {
  state: ReaderState;
  cancel: () => void;
  retry: () => void;
}

const LOADING: ReaderState = { status: "loading", progress: null };

/** The part of the engine that reads words, fetched once there are some. */
export function useReader(recommender: Recommender, wanted: boolean): Reader {
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<ReaderState>(LOADING);
  const [controller, setController] = useState<AbortController | null>(null);

  useEffect(() => {
    if (!wanted) return;
    const stop = new AbortController();
    const current = () => !stop.signal.aborted;
    const start = async () => {
      await Promise.resolve();
      if (!current()) return;
      setController(stop);
      try {
        await recommender.prepareText({
          signal: stop.signal,
          onProgress: (progress) => {
            if (current()) setState({ status: "loading", progress });
          },
        });
        if (current()) setState({ status: "ready" });
      } catch (error) {
        if (current() && codeOf(error) !== "aborted") {
          setState({ status: "failed", failure: failure(error) });
        }
      }
    };
    void start();
    return () => {
      stop.abort();
    };
  }, [recommender, wanted, attempt]);

  const cancel = useCallback(() => {
    controller?.abort();
    setState({ status: "stopped" });
  }, [controller]);

  const retry = useCallback(() => {
    setState(LOADING);
    setAttempt((before) => before + 1);
  }, []);

  return { state, cancel, retry };
}
