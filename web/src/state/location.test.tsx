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

  it("follows a filter at once, and a slider's further steps when it comes to rest", () => {
    const replace = vi.spyOn(window.history, "replaceState");
    const { result } = renderHook(() => useQuery());
    act(() => {
      for (let step = 1; step <= 20; step += 1) {
        change((query) => withFilters(query, { diversity: step / 20 }), "replace");
      }
    });
    expect(result.current.filters.diversity).toBe(1);
    expect(replace).toHaveBeenCalledTimes(1);
    expect(window.location.hash).toBe("#diversity=0.05");
    vi.advanceTimersByTime(1000);
    expect(replace).toHaveBeenCalledTimes(2);
    expect(window.location.hash).toBe("#diversity=1");
  });

  it("writes a filter to the entry it belongs to before making another", () => {
    const replace = vi.spyOn(window.history, "replaceState");
    change((query) => withFilters(query, { perArtist: 1 }), "replace");
    change((query) => withFilters(query, { diversity: 0.5 }), "replace");
    change((query) => addSeed(query, "8"), "push");
    expect(replace).toHaveBeenCalledTimes(2);
    expect(replace.mock.calls[1]?.[2]).toBe("#per-artist=1&diversity=0.5");
    expect(window.location.hash).toBe("#more=8&per-artist=1&diversity=0.5");
  });

  it("keeps a change that is made just before the page is left", () => {
    renderHook(() => useQuery());
    act(() => {
      change((query) => withFilters(query, { perArtist: 1 }), "replace");
      change((query) => withFilters(query, { perArtist: 2 }), "replace");
    });
    expect(window.location.hash).toBe("#per-artist=1");
    window.dispatchEvent(new Event("pagehide"));
    expect(window.location.hash).toBe("#per-artist=2");
    act(() => {
      change((query) => withFilters(query, { perArtist: 3 }), "replace");
    });
    vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    document.dispatchEvent(new Event("visibilitychange"));
    expect(window.location.hash).toBe("#per-artist=3");
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
