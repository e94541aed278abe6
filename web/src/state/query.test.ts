import { describe, expect, it } from "vitest";
import {
  activeFilters,
  addSeed,
  EMPTY,
  follow,
  formatQuery,
  isUnasked,
  MOST_WORDS,
  NO_FILTERS,
  parseQuery,
  removeSeed,
  showMore,
  turnSeed,
  withFilters,
  withRange,
  withWords,
  type Query,
} from "./query.ts";

const FULL: Query = {
  seeds: [
    { id: "12", direction: "more" },
    { id: "a, b&c", direction: "less" },
    { id: "7", direction: "more" },
  ],
  words: "rain & thunder,\nall “night” = 100% 雨",
  filters: {
    genres: ["hip hop", "r&b"],
    years: { min: 1980, max: 1999 },
    perArtist: 2,
    excludeSeedArtists: true,
    diversity: 0.35,
    ranges: { energy: { min: 0.2, max: null }, "night~time": { min: -1.5, max: 8 } },
  },
  count: 30,
};

describe("words", () => {
  it("are something to go by, and go when a song is followed", () => {
    const query = withWords(EMPTY, "rain");
    expect(isUnasked(EMPTY)).toBe(true);
    expect(isUnasked(query)).toBe(false);
    expect(addSeed(query, "3").words).toBe("rain");
    expect(follow(query, "3").words).toBe("");
  });
});

describe("the query in the address", () => {
  it("survives the way there and back, whatever the names hold", () => {
    expect(parseQuery(formatQuery(FULL))).toEqual(FULL);
    expect(parseQuery(`#${formatQuery(FULL)}`)).toEqual(FULL);
  });

  it("keeps words to a length that an address can have, without blanks around them", () => {
    expect(parseQuery("words=++rain%0A").words).toBe("rain");
    expect(parseQuery(`words=${"a".repeat(MOST_WORDS + 1)}`).words).toHaveLength(MOST_WORDS);
  });

  it("is empty when nothing is asked", () => {
    expect(formatQuery(EMPTY)).toBe("");
    expect(parseQuery("")).toEqual(EMPTY);
  });

  it("keeps the seeds' order and takes each song once", () => {
    expect(parseQuery("more=3&less=1&more=2&less=3").seeds).toEqual([
      { id: "3", direction: "more" },
      { id: "1", direction: "less" },
      { id: "2", direction: "more" },
    ]);
  });

  it.each([
    ["years the wrong way round", "from=2000&to=1990"],
    ["years that are no numbers", "from=abc&to=19.5"],
    ["an impossible artists' share", "per-artist=9"],
    ["a range the wrong way round", "range=3~2~energy"],
    ["a range of nothing", "range=~~energy"],
    ["a range without a name", "range=1~2"],
    ["empty names", "genre=&more="],
    ["what it does not know", "colour=blue"],
  ])("leaves out %s", (_, fragment) => {
    expect(parseQuery(fragment)).toEqual(EMPTY);
  });

  it("brings numbers back within their bounds", () => {
    expect(parseQuery("diversity=7").filters.diversity).toBe(1);
    expect(parseQuery("diversity=-1").filters.diversity).toBe(0);
    expect(parseQuery("count=1000000").count).toBe(500);
    expect(parseQuery("count=0").count).toBe(10);
    expect(parseQuery("count=12.5").count).toBe(10);
  });

  it("does not take more seeds than make sense", () => {
    const fragment = Array.from({ length: 200 }, (_, id) => `more=${id}`).join("&");
    expect(parseQuery(fragment).seeds).toHaveLength(50);
  });
});

describe("steps from query to query", () => {
  it("following a song keeps the filters and drops the other seeds and the words", () => {
    expect(follow(FULL, "99")).toEqual({
      ...FULL,
      seeds: [{ id: "99", direction: "more" }],
      words: "",
      count: 10,
    });
  });

  it("adding a song that is there moves it to the end", () => {
    expect(addSeed(FULL, "12").seeds.map((seed) => seed.id)).toEqual(["a, b&c", "7", "12"]);
  });

  it("turns and removes one seed alone", () => {
    expect(turnSeed(FULL, "12", "less").seeds.map((seed) => seed.direction)).toEqual(["less", "less", "more"]);
    expect(removeSeed(FULL, "12").seeds.map((seed) => seed.id)).toEqual(["a, b&c", "7"]);
  });

  it("shows ten more, and starts again when a filter changes", () => {
    const more = showMore(showMore(EMPTY));
    expect(more.count).toBe(30);
    expect(withFilters(more, { perArtist: 1 }).count).toBe(10);
  });

  it("forgets a range once it is wide open", () => {
    const narrowed = withRange(EMPTY, "energy", { min: 0.5, max: null });
    expect(narrowed.filters.ranges).toEqual({ energy: { min: 0.5, max: null } });
    expect(withRange(narrowed, "energy", { min: null, max: null })).toEqual(EMPTY);
  });
});

describe("the filters in force", () => {
  it("are none in an empty query, and variety is not one that leaves songs out", () => {
    expect(activeFilters(withFilters(EMPTY, { diversity: 0.5 }), String)).toEqual([]);
  });

  it("can be taken away one by one until none is left", () => {
    let query = FULL;
    for (let left = 6; left > 0; left -= 1) {
      const active = activeFilters(query, (name) => name);
      expect(active).toHaveLength(left);
      query = active[0]?.without ?? query;
    }
    expect(query.filters).toEqual({ ...NO_FILTERS, diversity: 0.35 });
  });
});
