import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { change, navigate, useArrivals, useQuery } from "./location.ts";
import { addSeed, EMPTY, follow, withFilters } from "./query.ts";

describe("the address", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    navigate(EMPTY, "push");
  });
  afterEach(() => {
    cleanup();
    vi.useRealTimers();
  });

  it("gets an entry for each mix, at once", () => {
    const push = vi.spyOn(window.history, "pushState");
    const { result } = renderHook(() => useQuery());
    act(() => {
      navigate(follow(EMPTY, "5"), "push");
    });
    expect(result.current.seeds).toEqual([{ id: "5", direction: "more" }]);
    expect(push).toHaveBeenCalledTimes(1);
    expect(window.location.hash).toBe("#more=5");
  });

  it("follows a slider only when it comes to rest", () => {
    const replace = vi.spyOn(window.history, "replaceState");
    const { result } = renderHook(() => useQuery());
    act(() => {
      for (let step = 1; step <= 20; step += 1) {
        change((query) => withFilters(query, { diversity: step / 20 }), "replace");
      }
    });
    expect(result.current.filters.diversity).toBe(1);
    expect(replace).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1000);
    expect(replace).toHaveBeenCalledTimes(1);
    expect(window.location.hash).toBe("#diversity=1");
  });

  it("writes a filter to the entry it belongs to before making another", () => {
    const replace = vi.spyOn(window.history, "replaceState");
    change((query) => withFilters(query, { perArtist: 1 }), "replace");
    change((query) => addSeed(query, "8"), "push");
    expect(replace).toHaveBeenCalledTimes(1);
    expect(replace.mock.calls[0]?.[2]).toBe("#per-artist=1");
    expect(window.location.hash).toBe("#more=8&per-artist=1");
  });

  it("is read again when the reader goes back, which is no arrival", () => {
    const { result } = renderHook(() => ({ query: useQuery(), arrivals: useArrivals() }));
    act(() => {
      navigate(follow(EMPTY, "5"), "push");
    });
    const { arrivals } = result.current;
    act(() => {
      window.history.replaceState(null, "", "#more=4&genre=rock");
      window.dispatchEvent(new PopStateEvent("popstate"));
    });
    expect(result.current.query.seeds[0]?.id).toBe("4");
    expect(result.current.query.filters.genres).toEqual(["rock"]);
    expect(result.current.arrivals).toBe(arrivals);
  });
});
