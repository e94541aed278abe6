import { useSyncExternalStore } from "react";
import { EMPTY, formatQuery, parseQuery, type Query } from "./query.ts";

/**
 * The query in force, kept in step with the address. The one place for it: components read it with
 * `useQuery` and change it with `navigate`.
 */

const SETTLE = 250; // ms

let current: Query = typeof window === "undefined" ? EMPTY : parseQuery(window.location.hash);
let pending: ReturnType<typeof setTimeout> | null = null;
let written = -Infinity; // when the address was last rewritten, ms
let arrivals = 0;
const listeners = new Set<() => void>();

function address(query: Query): string {
  const fragment = formatQuery(query);
  const { pathname, search } = window.location;
  return fragment === "" ? pathname + search : `#${fragment}`;
}

function rewrite(): void {
  written = Date.now();
  try {
    window.history.replaceState(null, "", address(current));
  } catch {
    // Some browsers refuse the hundredth in half a minute: the next change brings the address up to date.
  }
}

function settle(): void {
  if (pending === null) return;
  clearTimeout(pending);
  pending = null;
  rewrite();
}

/** A page in the background may be discarded at any time: with the address as it then is. */
function settleWhenHidden(): void {
  if (document.visibilityState === "hidden") settle();
}

function announce(): void {
  for (const listener of listeners) listener();
}

/**
 * "push" makes a new entry in the history: another mix. "replace" changes the entry in place: a
 * filter. The address follows at once, so that even a reload right after finds it, but in a burst of
 * changes only the first and, once they pause, the last are written: browsers refuse to have it
 * rewritten at the rate at which a slider moves.
 */
export function navigate(next: Query, how: "push" | "replace"): void {
  if (how === "push") {
    settle();
    current = next;
    arrivals += 1;
    written = -Infinity;
    window.history.pushState(null, "", address(next));
  } else {
    current = next;
    if (pending === null && Date.now() - written >= SETTLE) {
      rewrite();
    } else {
      if (pending !== null) clearTimeout(pending);
      pending = setTimeout(settle, SETTLE);
    }
  }
  announce();
}

/** From the query in force at the time of the call to the next one. */
export function change(step: (query: Query) => Query, how: "push" | "replace"): void {
  navigate(step(current), how);
}

function readAddress(): void {
  if (pending !== null) clearTimeout(pending);
  pending = null;
  const next = parseQuery(window.location.hash);
  if (formatQuery(next) === formatQuery(current)) return;
  current = next;
  announce();
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    window.addEventListener("popstate", readAddress);
    window.addEventListener("hashchange", readAddress);
    window.addEventListener("pagehide", settle);
    document.addEventListener("visibilitychange", settleWhenHidden);
    readAddress();
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.removeEventListener("popstate", readAddress);
    window.removeEventListener("hashchange", readAddress);
    window.removeEventListener("pagehide", settle);
    document.removeEventListener("visibilitychange", settleWhenHidden);
  };
}

export function useQuery(): Query {
  return useSyncExternalStore(subscribe, () => current);
}

/** Counts the mixes the listener went to, as opposed to came back to: focus moves only then. */
export function useArrivals(): number {
  return useSyncExternalStore(subscribe, () => arrivals);
}

export function href(query: Query): string {
  return `#${formatQuery(query)}`;
}
