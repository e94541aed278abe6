import type { Range } from "../../state/query.ts";
import type { Bounds } from "./years.ts";

/** A two-ended slider moves in whole steps, 0 .. `steps`. The outermost places are open ends. */
export const STEPS = 100;

export function toPlaces(range: Range, bounds: Bounds, steps: number): [number, number] {
  const width = bounds.max - bounds.min;
  const place = (value: number) =>
    width > 0 ? Math.min(steps, Math.max(0, Math.round(((value - bounds.min) / width) * steps))) : 0;
  return [range.min === null ? 0 : place(range.min), range.max === null ? steps : place(range.max)];
}

export function fromPlaces(low: number, high: number, bounds: Bounds, steps: number): Range {
  const value = (place: number) =>
    Number((bounds.min + ((bounds.max - bounds.min) * place) / steps).toPrecision(6));
  return { min: low <= 0 ? null : value(low), max: high >= steps ? null : value(high) };
}
