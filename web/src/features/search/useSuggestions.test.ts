import type { Recommender, Song } from "playlistpulse";
import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { useSuggestions } from "./useSuggestions.ts";

const song = (title: string): Song => ({ song_id: title, title, artist: "", genre: null, year: null });

describe("suggestions", () => {
  afterEach(cleanup);

  it("drop an answer that a newer question has overtaken", async () => {
    const answers = new Map<string, (songs: Song[]) => void>();
    const recommender = {
      search: (text: string) =>
        new Promise<Song[]>((resolve) => {
          answers.set(text, resolve);
        }),
    } as Partial<Recommender> as Recommender;
    const { result, rerender } = renderHook(({ text }) => useSuggestions(recommender, text), {
      initialProps: { text: "a" },
    });
    rerender({ text: "ab" });
    await act(async () => {
      answers.get("ab")?.([song("abba")]);
      await Promise.resolve();
    });
    await act(async () => {
      answers.get("a")?.([song("aha")]);
      await Promise.resolve();
    });
    expect(result.current).toMatchObject({ text: "ab", songs: [{ title: "abba" }] });
    rerender({ text: "  " });
    expect(result.current.songs).toEqual([]);
  });
});
