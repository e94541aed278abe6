import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { warmUp } from "./warmUp.ts";

describe("warming up", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("requestIdleCallback", undefined);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("lets the first recommendations go first, and then searches once", async () => {
    const search = vi.fn().mockResolvedValue([]);
    warmUp({ search });
    expect(search).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(5000);
    expect(search).toHaveBeenCalledTimes(1);
  });

  it("tells nobody when it fails", async () => {
    warmUp({ search: vi.fn().mockRejectedValue(new Error("closed")) });
    await expect(vi.advanceTimersByTimeAsync(5000)).resolves.toBeDefined();
  });
});
