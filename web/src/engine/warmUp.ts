import type { Recommender } from "playlistpulse";

/** The first recommendations go first. */
const PAUSE = 400; // ms

/** A long word that no title has: every way of searching is tried on it, and gets its tables built. */
const WORD = "xqzvwkjx";

function whenIdle(task: () => void): void {
  // Not every browser says when it is idle.
  if (typeof requestIdleCallback === "function") requestIdleCallback(task);
  else setTimeout(task);
}

/**
 * Searches once for nothing, so that the first letter typed does not wait for what a first search
 * builds. Happens once the page is drawn and has nothing else to do.
 */
export function warmUp(recommender: Pick<Recommender, "search">): void {
  setTimeout(() => {
    whenIdle(() => {
      // It answers nobody: that it failed, or that the engine was closed meanwhile, matters to no one.
      recommender.search(WORD, 1).catch(() => undefined);
    });
  }, PAUSE);
}
