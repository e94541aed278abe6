import { describe, expect, it } from "vitest";
import { density } from "./density.ts";
import { fromPlaces, toPlaces } from "./steps.ts";
import { checkYears } from "./years.ts";

const BOUNDS = { min: 1950, max: 2019 };

describe("typed years", () => {
  it.each([
    ["1980", "1999", { min: 1980, max: 1999 }],
    ["1984", "1984", { min: 1984, max: 1984 }],
    ["", "1999", { min: null, max: 1999 }],
    [" 1980 ", "", { min: 1980, max: null }],
    ["1950", "2019", { min: null, max: null }],
    ["1900", "2100", { min: null, max: null }],
  ])("%j to %j is a range", (from, to, range) => {
    expect(checkYears(from, to, BOUNDS)).toEqual({ ok: true, range });
  });

  it.each([
    ["1999", "1980", "both", "after the last"],
    ["198x", "1999", "from", "digits"],
    ["1980", "-3", "to", "digits"],
    ["19.5", "", "from", "digits"],
    ["2030", "", "from", "2019"],
    ["", "1940", "to", "1950"],
  ])("%j to %j is refused at %s", (from, to, field, words) => {
    const check = checkYears(from, to, BOUNDS);
    expect(check).toMatchObject({ ok: false, field });
    expect(check.ok ? "" : check.message).toContain(words);
  });
});

describe("the two-ended slider", () => {
  it("has open ends at its outermost places", () => {
    expect(fromPlaces(0, 100, { min: 0.2, max: 0.9 }, 100)).toEqual({ min: null, max: null });
    expect(toPlaces({ min: null, max: null }, BOUNDS, 69)).toEqual([0, 69]);
  });

  it("stays where it was put", () => {
    for (let place = 1; place < 100; place += 1) {
      const range = fromPlaces(place, place, { min: -60, max: 3.7 }, 100);
      expect(toPlaces(range, { min: -60, max: 3.7 }, 100)).toEqual([place, place]);
    }
  });

  it("gives whole years", () => {
    expect(fromPlaces(30, 49, BOUNDS, 69)).toEqual({ min: 1980, max: 1999 });
  });
});

describe("the density behind a slider", () => {
  it("is even for evenly spread songs", () => {
    const even = density([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 10);
    expect(even).toHaveLength(10);
    for (const height of even) expect(height).toBeCloseTo(1);
  });

  it("is highest where half of all songs share one value", () => {
    const heights = density([0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5], 10);
    expect(heights[0]).toBe(1);
    expect(Math.max(...heights.slice(1))).toBeLessThan(0.5);
  });

  it("is nothing where all songs are the same", () => {
    expect(density([2, 2, 2], 10)).toEqual([]);
    expect(density([], 10)).toEqual([]);
  });
});
