import type { RecommendRequest, Recommender } from "playlistpulse";
import { useEffect, useState } from "react";
import type { Active } from "../../state/query.ts";

export interface Looser {
  readonly filter: Active;
  readonly songs: number;
}

const LOOK = 100;

/**
 * Which single filter, taken away, would let songs through again, and how many (at most 100). Asked
 * of the engine, because filters work together. null until the answers are in.
 */
export function useLooser(
  recommender: Recommender,
  active: readonly Active[],
  request: (filter: Active) => RecommendRequest,
): readonly Looser[] | null {
  const [looser, setLooser] = useState<readonly Looser[] | null>(null);
  const key = JSON.stringify(active.map((filter) => ({ ...request(filter), k: LOOK })));

  useEffect(() => {
    let current = true;
    const requests = JSON.parse(key) as RecommendRequest[];
    Promise.all(requests.map((each) => recommender.recommend(each))).then(
      (answers) => {
        if (!current) return;
        setLooser(
          active.flatMap((filter, place) => {
            const songs = answers[place]?.results.length ?? 0;
            return songs > 0 ? [{ filter, songs }] : [];
          }),
        );
      },
      () => {
        if (current) setLooser([]);
      },
    );
    return () => {
      current = false;
    };
    // `key` says all that matters of `active`.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [recommender, key]);

  return looser;
}
