import type { BundleInfo } from "playlistpulse";
import { describe, expect, it } from "vitest";
import { parseQuery } from "../state/query.ts";
import { failure } from "./failure.ts";
import { songId, toRequest } from "./request.ts";

const INFO: BundleInfo = {
  songs: 3,
  artists: 2,
  dimensions: 64,
  year_min: 1950,
  year_max: 2019,
  genres: [{ name: "rock", songs: 3 }],
  features: [
    {
      name: "energy",
      modality: "audio",
      label: "energy",
      unit: "",
      low: "calm",
      high: "energetic",
      min: 0.1,
      max: 0.9,
      quantiles: [0.1, 0.9],
    },
  ],
  integer_ids: true,
  text: true,
  map: false,
  manifest: {},
};

const all = () => true;

describe("what the engine is asked", () => {
  it("holds nothing that was not chosen", () => {
    expect(toRequest(parseQuery("more=5"), INFO, all)).toEqual({
      seeds: [{ song_id: 5, weight: 1 }],
      k: 10,
    });
  });

  it("has the words where the bundle can read them, and only there", () => {
    const query = parseQuery("words=rain+at+night");
    expect(toRequest(query, INFO, all)).toEqual({ seeds: [], text: "rain at night", k: 10 });
    expect(toRequest(query, { ...INFO, text: false }, all)).toEqual({ seeds: [], k: 10 });
  });

  it("holds everything that was", () => {
    const query = parseQuery(
      "more=5&less=6&genre=rock&from=1980&to=1990&per-artist=2&other-artists=1&diversity=0.3&range=0.2~~energy&count=20",
    );
    expect(toRequest(query, INFO, all)).toEqual({
      seeds: [
        { song_id: 5, weight: 1 },
        { song_id: 6, weight: -1 },
      ],
      k: 20,
      exclude_seed_artists: true,
      max_per_artist: 2,
      diversity: 0.3,
      filters: {
        genres: ["rock"],
        year_min: 1980,
        year_max: 1990,
        features: { energy: [0.2, 0.9] },
      },
    });
  });

  it("leaves out songs, genres and features that this bundle lacks", () => {
    const query = parseQuery("more=5&more=404&genre=polka&range=1~2~tempo");
    expect(toRequest(query, INFO, (id) => id !== "404")).toEqual({
      seeds: [{ song_id: 5, weight: 1 }],
      k: 10,
    });
  });

  it("names songs as the catalogue does", () => {
    expect(songId(INFO, "12")).toBe(12);
    expect(songId(INFO, "012")).toBe("012");
    expect(songId(INFO, "x")).toBe("x");
    expect(songId({ ...INFO, integer_ids: false }, "12")).toBe("12");
  });
});

describe("a failure", () => {
  it("says which browsers work when this one does not, and offers no vain retry", () => {
    const told = failure(Object.assign(new Error("no SIMD"), { code: "no-simd" }));
    expect(told.advice).toMatch(/Chrome .*91.*Firefox 89.*Safari 16\.4/);
    expect(told.retry).toBe(false);
  });

  it("keeps the engine's own words, also of errors it does not know", () => {
    expect(failure(new Error("boom"))).toMatchObject({ code: "internal", detail: "boom", retry: true });
    expect(failure("text")).toMatchObject({ code: "internal", detail: "text" });
  });
});
