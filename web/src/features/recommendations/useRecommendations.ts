import type { RecommendRequest, Recommendations, Recommender } from "playlistpulse";
import { useEffect, useState } from "react";
import { failure, type Failure } from "../../engine/failure.ts";

export interface Answer {
  /** The request it answers, as JSON. */
  readonly key: string;
  readonly recommendations: Recommendations | null;
  readonly failure: Failure | null;
  /** From the question to the answer, in ms. */
  readonly took: number;
}

/**
 * The engine's answer to `request`; null before the first. While a newer request is under way the
 * former answer stays, and an answer that was overtaken is dropped. Another `attempt` asks again.
 */
export function useRecommendations(
  recommender: Recommender,
  request: RecommendRequest | null,
  attempt: number,
): Answer | null {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const key = request === null ? null : JSON.stringify(request);

  useEffect(() => {
    if (key === null) return;
    let current = true;
    const begun = performance.now();
    const settle = (recommendations: Recommendations | null, problem: Failure | null) => {
      const took = performance.now() - begun;
      if (current) setAnswer({ key, recommendations, failure: problem, took });
    };
    recommender.recommend(JSON.parse(key) as RecommendRequest).then(
      (recommendations) => {
        settle(recommendations, null);
      },
      (error: unknown) => {
        settle(null, failure(error));
      },
    );
    return () => {
      current = false;
    };
  }, [recommender, key, attempt]);

  return answer;
}
