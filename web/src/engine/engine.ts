import type { Progress, Recommender } from "playlistpulse";
import { createContext, use } from "react";
import type { Failure } from "./failure.ts";

export type EngineState =
  | { status: "loading"; progress: Partial<Record<Progress["phase"], Progress>> }
  | { status: "ready"; recommender: Recommender }
  | { status: "stopped" }
  | { status: "failed"; failure: Failure };

export interface Engine {
  state: EngineState;
  /** Stops the loading. */
  cancel: () => void;
  /** Loads from the start. */
  retry: () => void;
}

export const EngineContext = createContext<Engine | null>(null);

export function useEngine(): Engine {
  const engine = use(EngineContext);
  if (engine === null) throw new Error("useEngine wants an EngineProvider around it");
  return engine;
}

/** The recommender, once it is open. */
export function useRecommender(): Recommender | null {
  const { state } = useEngine();
  return state.status === "ready" ? state.recommender : null;
}
