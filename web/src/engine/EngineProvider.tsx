import { open, type Progress, type Recommender } from "playlistpulse";
import { useCallback, useEffect, useMemo, useState, type ReactNode } from "react";
import { EngineContext, type EngineState } from "./engine.ts";
import { codeOf, failure } from "./failure.ts";
import { warmUp } from "./warmUp.ts";

const BUNDLE = "models/default/";

const LOADING: EngineState = { status: "loading", progress: {} };

/** Opens the engine once, and is the one place that knows how far it got. */
export function EngineProvider({ children }: { children: ReactNode }) {
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<EngineState>(LOADING);
  const [controller, setController] = useState<AbortController | null>(null);

  useEffect(() => {
    const stop = new AbortController();
    let recommender: Recommender | null = null;
    const current = () => !stop.signal.aborted;
    const onProgress = (step: Progress) => {
      if (!current()) return;
      setState((before) =>
        before.status === "loading"
          ? { status: "loading", progress: { ...before.progress, [step.phase]: step } }
          : before,
      );
    };
    const start = async () => {
      await Promise.resolve();
      if (!current()) return;
      setController(stop);
      try {
        const opened = await open({
          bundle: new URL(BUNDLE, document.baseURI),
          onProgress,
          signal: stop.signal,
          // The same songs for the same words, on every visit and in the program.
          compute: "portable",
        });
        if (!current()) {
          opened.close();
          return;
        }
        recommender = opened;
        setState({ status: "ready", recommender: opened });
        warmUp(opened);
      } catch (error) {
        if (current() && codeOf(error) !== "aborted") {
          setState({ status: "failed", failure: failure(error) });
        }
      }
    };
    void start();
    return () => {
      stop.abort();
      recommender?.close();
    };
  }, [attempt]);

  const cancel = useCallback(() => {
    controller?.abort();
    setState({ status: "stopped" });
  }, [controller]);

  const retry = useCallback(() => {
    setState(LOADING);
    setAttempt((before) => before + 1);
  }, []);

  const value = useMemo(() => ({ state, cancel, retry }), [state, cancel, retry]);
  return <EngineContext value={value}>{children}</EngineContext>;
}
