const LOCALE = "en";
const WHOLE = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 3 });

export function whole(value: number): string {
  return WHOLE.format(value);
}

export function short(value: number): string {
  return SHORT.format(value);
}

/** "1 song", "2 songs", "28,372 songs" */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${whole(value)} ${value === 1 ? one : many}`;
}

/** "0.42 MB": always in MB, so that a running number keeps its unit. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** "rock · 1997", of what is known. */
export function facts(...parts: (string | number | null)[]): string {
  return parts.filter((part) => part !== null && part !== "").join(" · ");
}

/** Upper case for the first letter only: catalogues write genres and features in lower case. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function list(items: readonly string[]): string {
  return new Intl.ListFormat(LOCALE, { type: "conjunction" }).format(items);
}
