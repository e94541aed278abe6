import { useSyncExternalStore } from "react";
import { EMPTY, formatQuery, parseQuery, type Query } from "./query.ts";

/**
 * The query in force, kept in step with the address. The one place for it: components read it with
 * `useQuery` and change it with `navigate`.
 */

const SETTLE = 250; // ms

let current: Query = typeof window === "undefined" ? EMPTY : parseQuery(window.location.hash);
let pending: ReturnType<typeof setTimeout> | null = null;
let arrivals = 0;
const listeners = new Set<() => void>();

function address(query: Query): string {
  const fragment = formatQuery(query);
  const { pathname, search } = window.location;
  return fragment === "" ? pathname + search : `#${fragment}`;
}

function settle(): void {
  if (pending === null) return;
  clearTimeout(pending);
  pending = null;
  window.history.replaceState(null, "", address(current));
}

function announce(): void {
  for (const listener of listeners) listener();
}

/**
 * "push" makes a new entry in the history: another mix. "replace" changes the entry in place: a
 * filter; the address follows once the changes pause, because browsers refuse to have it rewritten
 * at the rate at which a slider moves.
 */
export function navigate(next: Query, how: "push" | "replace"): void {
  if (how === "push") {
    settle();
    current = next;
    arrivals += 1;
    window.history.pushState(null, "", address(next));
  } else {
    current = next;
    if (pending !== null) clearTimeout(pending);
    pending = setTimeout(settle, SETTLE);
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
    readAddress();
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.removeEventListener("popstate", readAddress);
    window.removeEventListener("hashchange", readAddress);
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
