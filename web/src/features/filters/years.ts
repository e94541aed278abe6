import type { Range } from "../../state/query.ts";

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

export type YearCheck =
  | { readonly ok: true; readonly range: Range }
  | { readonly ok: false; readonly field: "from" | "to" | "both"; readonly message: string };

function read(text: string): number | null | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  return /^\d{1,4}$/.test(trimmed) ? Number(trimmed) : undefined;
}

/**
 * What two typed years mean. Nothing typed is an open end, and so is an end at or beyond the
 * catalogue's own; everything else either is a range or has a message that says what to change.
 */
export function checkYears(from: string, to: string, bounds: Bounds): YearCheck {
  const min = read(from);
  const max = read(to);
  if (min === undefined) return { ok: false, field: "from", message: "Write the first year in digits, as in 1984." };
  if (max === undefined) return { ok: false, field: "to", message: "Write the last year in digits, as in 1984." };
  if (min !== null && max !== null && min > max) {
    return { ok: false, field: "both", message: "The first year is after the last." };
  }
  if (min !== null && min > bounds.max) {
    return { ok: false, field: "from", message: `The latest song is of ${bounds.max}.` };
  }
  if (max !== null && max < bounds.min) {
    return { ok: false, field: "to", message: `The earliest song is of ${bounds.min}.` };
  }
  return {
    ok: true,
    range: {
      min: min !== null && min > bounds.min ? min : null,
      max: max !== null && max < bounds.max ? max : null,
    },
  };
}
