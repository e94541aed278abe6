import { describe, expect, it } from "vitest";
import { meanProfile, standing } from "./profile.ts";

const feature = (quantiles: number[]) => ({
  name: "energy",
  modality: "audio",
  label: "energy",
  unit: "",
  low: "",
  high: "",
  min: quantiles[0] ?? 0,
  max: quantiles.at(-1) ?? 0,
  quantiles,
});

describe("where a song stands", () => {
  const even = feature([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);

  it("is read between the deciles", () => {
    expect(standing(even, 0)).toBe(0);
    expect(standing(even, 2.5)).toBeCloseTo(0.25);
    expect(standing(even, 10)).toBe(1);
  });

  it("is at the ends for values beyond them", () => {
    expect(standing(even, -5)).toBe(0);
    expect(standing(even, 50)).toBe(1);
  });

  it("is unknown for a missing value", () => {
    expect(standing(even, null)).toBeNull();
    expect(standing(even, undefined)).toBeNull();
  });

  it("counts a value that many songs share as its lowest place", () => {
    expect(standing(feature([0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5]), 0)).toBe(0);
  });
});

describe("the profile of a mix", () => {
  it("is the mean of the values that are known", () => {
    expect(
      meanProfile([
        [0.2, null, null],
        [0.6, 0.5, null],
      ]),
    ).toEqual([0.4, 0.5, null]);
  });
});
