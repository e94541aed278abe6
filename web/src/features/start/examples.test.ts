import type { Song } from "playlistpulse";
import { describe, expect, it } from "vitest";
import { EXAMPLES, findExamples, KNOWN } from "./examples.ts";

const song = (song_id: number, title: string, artist: string, genre = "pop"): Song => ({
  song_id,
  title,
  artist,
  genre,
  year: 1980,
});

/** Finds the songs of which every word is in title or artist. */
function searcher(songs: readonly Song[]) {
  const asked: string[] = [];
  return {
    asked,
    search: (text: string, limit = 10) => {
      asked.push(text);
      const words = text.split(" ");
      const found = songs.filter((one) => words.every((word) => `${one.title} ${one.artist}`.includes(word)));
      return Promise.resolve(found.slice(0, limit));
    },
  };
}

describe("the examples", () => {
  it("are the first known songs, asked for once, where the catalogue has them", async () => {
    const catalogue = searcher(KNOWN.map(([title, artist], id) => song(id, title, artist)));
    const found = await findExamples(catalogue);
    expect(found.map((one) => one.title)).toEqual(KNOWN.slice(0, EXAMPLES).map(([title]) => title));
    expect(catalogue.asked).toHaveLength(EXAMPLES);
  });

  it("put another genre before another song of the same", async () => {
    const [a, b, c] = KNOWN;
    if (!a || !b || !c) throw new Error("too few known songs");
    const catalogue = searcher([song(1, ...a, "rock"), song(2, ...b, "rock"), song(3, ...c, "pop")]);
    expect((await findExamples(catalogue)).map((one) => one.song_id)).toEqual([1, 3, 2]);
  });

  it("are any songs where none is known: each artist once, and telling titles rather than bare words", async () => {
    const catalogue = searcher([
      song(1, "night", "someone"),
      song(2, "night train home", "one"),
      song(3, "heart of oak", "two"),
      song(4, "heart of oak again", "two"),
      song(5, "world weary", "three"),
    ]);
    expect((await findExamples(catalogue)).map((one) => one.song_id)).toEqual([2, 3, 5, 1]);
  });

  it("are none in an empty catalogue", async () => {
    expect(await findExamples(searcher([]))).toEqual([]);
  });
});
