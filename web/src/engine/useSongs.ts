import type { Recommender, Song } from "playlistpulse";
import { useEffect, useState } from "react";
import { codeOf } from "./failure.ts";
import { songId } from "./request.ts";

export type SongDetail = Song & { features: Record<string, number | null> };

/** "unknown": the catalogue has no such song. */
export type Lookup = SongDetail | "unknown";

const caches = new WeakMap<Recommender, Map<string, Lookup>>();

function cacheOf(recommender: Recommender): Map<string, Lookup> {
  let cache = caches.get(recommender);
  if (!cache) {
    cache = new Map();
    caches.set(recommender, cache);
  }
  return cache;
}

/**
 * The songs of `ids` with their features; those not yet looked up are not in the map. A look-up
 * that fails for any other reason than an unknown song counts as unknown, too: the engine keeps
 * nothing that could make a second attempt differ.
 */
export function useSongs(recommender: Recommender, ids: readonly string[]): ReadonlyMap<string, Lookup> {
  const [, setVersion] = useState(0);
  const cache = cacheOf(recommender);
  const key = JSON.stringify(ids);

  useEffect(() => {
    let current = true;
    const missing = (JSON.parse(key) as string[]).filter((id) => !cache.has(id));
    if (missing.length === 0) return;
    const look = async (id: string) => {
      try {
        cache.set(id, await recommender.song(songId(recommender.info, id)));
      } catch (error) {
        if (codeOf(error) !== "aborted") cache.set(id, "unknown");
      }
    };
    void Promise.all(missing.map(look)).then(() => {
      if (current) setVersion((before) => before + 1);
    });
    return () => {
      current = false;
    };
  }, [recommender, cache, key]);

  return cache;
}
