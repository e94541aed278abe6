import type { Recommender, Song } from "playlistpulse";
import { useEffect, useState } from "react";

const LIMIT = 8;

export interface Suggestions {
  /** What was asked. */
  readonly text: string;
  readonly songs: readonly Song[];
  readonly failed: boolean;
}

const NONE: Suggestions = { text: "", songs: [], failed: false };

/**
 * Songs for `text`. Answers that come back after a newer question are dropped; until the answer to
 * the present question is there, the former one stays, so that the list does not flicker.
 */
export function useSuggestions(recommender: Recommender | null, text: string): Suggestions {
  const [answer, setAnswer] = useState<Suggestions>(NONE);
  const asked = text.trim();

  useEffect(() => {
    if (recommender === null || asked === "") return;
    let current = true;
    recommender.search(asked, LIMIT).then(
      (songs) => {
        if (current) setAnswer({ text: asked, songs, failed: false });
      },
      () => {
        if (current) setAnswer({ text: asked, songs: [], failed: true });
      },
    );
    return () => {
      current = false;
    };
  }, [recommender, asked]);

  return asked === "" ? NONE : answer;
}
