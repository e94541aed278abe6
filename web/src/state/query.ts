/**
 * What the listener asks for, and its form in the address. It lives in the fragment (after "#"),
 * which a browser never sends to a server: a link can be shared, and still nobody is told.
 *
 *   #more=12&less=7&genre=rock&from=1980&to=1999&per-artist=2&diversity=0.3&range=0.2~0.8~energy
 *   #words=rain+on+the+window
 */

export type Direction = "more" | "less";

export interface Seed {
  readonly id: string;
  readonly direction: Direction;
}

/** An open end is null. */
export interface Range {
  readonly min: number | null;
  readonly max: number | null;
}

export type PerArtist = 0 | 1 | 2 | 3;

export interface Filters {
  readonly genres: readonly string[];
  readonly years: Range;
  /** 0: any number. */
  readonly perArtist: PerArtist;
  readonly excludeSeedArtists: boolean;
  /** 0 .. 1 */
  readonly diversity: number;
  /** By the feature's name. */
  readonly ranges: Readonly<Record<string, Range>>;
}

export interface Query {
  readonly seeds: readonly Seed[];
  /** Lyrics, or a description of what is wanted; "": none. */
  readonly words: string;
  readonly filters: Filters;
  readonly count: number;
}

export const PAGE = 10;
const MOST = 500;
const MOST_SEEDS = 50;
/** Characters: longer than any lyrics, and still fit for an address. */
export const MOST_WORDS = 6000;
const OPEN: Range = { min: null, max: null };

export const NO_FILTERS: Filters = {
  genres: [],
  years: OPEN,
  perArtist: 0,
  excludeSeedArtists: false,
  diversity: 0,
  ranges: {},
};

export const EMPTY: Query = { seeds: [], words: "", filters: NO_FILTERS, count: PAGE };

function isPerArtist(value: number | null): value is PerArtist {
  return value === 0 || value === 1 || value === 2 || value === 3;
}

function number(text: string | null | undefined): number | null {
  if (text === null || text === undefined || text.trim() === "") return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

function year(text: string | null): number | null {
  const value = number(text);
  return value !== null && Number.isInteger(value) ? value : null;
}

/** A range whose ends are the wrong way round is no range. */
function ordered(range: Range): Range {
  return range.min !== null && range.max !== null && range.min > range.max ? OPEN : range;
}

export function isOpen(range: Range): boolean {
  return range.min === null && range.max === null;
}

function tidy(words: string): string {
  return words.trim().slice(0, MOST_WORDS);
}

/** Reads a fragment, with or without its "#". What cannot be understood is left out. */
export function parseQuery(fragment: string): Query {
  const params = new URLSearchParams(fragment.replace(/^#/, ""));
  const seeds: Seed[] = [];
  const genres: string[] = [];
  const ranges: Record<string, Range> = {};
  for (const [key, value] of params) {
    if ((key === "more" || key === "less") && value !== "") {
      if (seeds.length < MOST_SEEDS && !seeds.some((seed) => seed.id === value)) {
        seeds.push({ id: value, direction: key });
      }
    } else if (key === "genre" && value !== "" && !genres.includes(value)) {
      genres.push(value);
    } else if (key === "range") {
      const [min, max, ...name] = value.split("~");
      const range = ordered({ min: number(min), max: number(max) });
      if (name.length > 0 && !isOpen(range)) ranges[name.join("~")] = range;
    }
  }
  const perArtist = number(params.get("per-artist"));
  const diversity = number(params.get("diversity")) ?? 0;
  const count = number(params.get("count")) ?? PAGE;
  return {
    seeds,
    words: tidy(params.get("words") ?? ""),
    filters: {
      genres,
      years: ordered({ min: year(params.get("from")), max: year(params.get("to")) }),
      perArtist: isPerArtist(perArtist) ? perArtist : 0,
      excludeSeedArtists: params.get("other-artists") === "1",
      diversity: Math.min(1, Math.max(0, diversity)),
      ranges,
    },
    count: Number.isInteger(count) ? Math.min(MOST, Math.max(PAGE, count)) : PAGE,
  };
}

/** The fragment of a query, without the "#"; "" for the empty query. */
export function formatQuery({ seeds, words, filters, count }: Query): string {
  const params = new URLSearchParams();
  for (const seed of seeds) params.append(seed.direction, seed.id);
  if (words !== "") params.set("words", words);
  for (const genre of filters.genres) params.append("genre", genre);
  if (filters.years.min !== null) params.set("from", String(filters.years.min));
  if (filters.years.max !== null) params.set("to", String(filters.years.max));
  if (filters.perArtist !== 0) params.set("per-artist", String(filters.perArtist));
  if (filters.excludeSeedArtists) params.set("other-artists", "1");
  if (filters.diversity > 0) params.set("diversity", String(filters.diversity));
  for (const [name, range] of Object.entries(filters.ranges)) {
    params.append("range", `${range.min ?? ""}~${range.max ?? ""}~${name}`);
  }
  if (count !== PAGE) params.set("count", String(count));
  return params.toString();
}

/* Steps from one query to the next. Filters stay when the seeds change; the count starts again. */

export function follow(query: Query, id: string): Query {
  return { ...query, seeds: [{ id, direction: "more" }], words: "", count: PAGE };
}

/** Nothing to go by: no song and no words. */
export function isUnasked(query: Query): boolean {
  return query.seeds.length === 0 && query.words === "";
}

export function withWords(query: Query, words: string): Query {
  return { ...query, words: tidy(words), count: PAGE };
}

export function addSeed(query: Query, id: string, direction: Direction = "more"): Query {
  const others = query.seeds.filter((seed) => seed.id !== id);
  return { ...query, seeds: [...others, { id, direction }].slice(-MOST_SEEDS), count: PAGE };
}

export function removeSeed(query: Query, id: string): Query {
  return { ...query, seeds: query.seeds.filter((seed) => seed.id !== id), count: PAGE };
}

export function turnSeed(query: Query, id: string, direction: Direction): Query {
  const seeds = query.seeds.map((seed) => (seed.id === id ? { id, direction } : seed));
  return { ...query, seeds, count: PAGE };
}

export function showMore(query: Query): Query {
  return { ...query, count: Math.min(MOST, query.count + PAGE) };
}

export function canShowMore(query: Query): boolean {
  return query.count < MOST;
}

export function withFilters(query: Query, change: Partial<Filters>): Query {
  return { ...query, filters: { ...query.filters, ...change }, count: PAGE };
}

export function withRange(query: Query, name: string, range: Range): Query {
  const ranges = Object.fromEntries(
    Object.entries(query.filters.ranges).filter(([other]) => other !== name),
  );
  return withFilters(query, { ranges: isOpen(range) ? ranges : { ...ranges, [name]: range } });
}

/** One filter in force: how to name it, and the query without it. */
export interface Active {
  readonly key: string;
  readonly name: string;
  readonly without: Query;
}

/** The filters that can leave songs out, in the order in which they are shown. */
export function activeFilters(query: Query, label: (feature: string) => string): Active[] {
  const { filters } = query;
  const active: Active[] = [];
  const add = (key: string, name: string, without: Query) => active.push({ key, name, without });
  if (filters.genres.length > 0) {
    add("genres", filters.genres.length === 1 ? "the genre" : "the genres", withFilters(query, { genres: [] }));
  }
  if (!isOpen(filters.years)) add("years", "the years", withFilters(query, { years: OPEN }));
  if (filters.perArtist !== 0) {
    add("per-artist", "songs per artist", withFilters(query, { perArtist: 0 }));
  }
  if (filters.excludeSeedArtists) {
    add("other-artists", "other artists only", withFilters(query, { excludeSeedArtists: false }));
  }
  for (const name of Object.keys(filters.ranges)) {
    add(`range ${name}`, label(name), withRange(query, name, OPEN));
  }
  return active;
}
