import { afterEach, describe, expect, test, vi } from "vitest";

import { chooseThreads, chooseVariants, supportedVariants } from "../dist/simd.js";

/** Node 20 has relaxed SIMD behind a switch, which the tests of that variant give; later ones have it as they are. */
const relaxed = process.env["PULSE_TEST_VARIANT"] === "relaxed" || Number(process.versions.node.split(".")[0]) > 20;

test("relaxed SIMD is found where the engine has it, and only there", () => {
  expect(supportedVariants()).toEqual(relaxed ? ["relaxed", "plain"] : ["plain"]);
});

test("the variant that was asked for is the only one tried", () => {
  expect(chooseVariants("plain")).toEqual(["plain"]);
});

test.runIf(!relaxed)("asking for relaxed SIMD where there is none says so", () => {
  expect(() => chooseVariants("relaxed")).toThrow(expect.objectContaining({ code: "no-simd" }));
});

test("an engine without SIMD is refused with a reason", () => {
  const validate = vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
  try {
    expect(supportedVariants()).toEqual([]);
    expect(() => chooseVariants()).toThrow(expect.objectContaining({ code: "no-simd" }));
  } finally {
    validate.mockRestore();
  }
});

describe("threads", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  test("are asked for when the package is told to, and cannot be had in Node", () => {
    expect(() => chooseVariants("threads", 4)).toThrow(expect.objectContaining({ code: "unsupported" }));
  });

  test("come first on an isolated page with more than one processor", () => {
    vi.stubGlobal("crossOriginIsolated", true);
    vi.stubGlobal("Worker", () => undefined);
    expect(chooseVariants("auto", 2)[0]).toBe("threads");
    expect(chooseVariants("auto", 1)).not.toContain("threads");
    expect(chooseVariants("plain", 2)).toEqual(["plain"]);
    expect(chooseVariants("threads", 1)).toEqual(["threads"]);
    vi.stubGlobal("crossOriginIsolated", false);
    expect(chooseVariants("auto", 2)).not.toContain("threads");
  });

  test("are as many as asked for, else as the processor has, up to four", () => {
    vi.stubGlobal("navigator", { hardwareConcurrency: 16 });
    expect(chooseThreads(undefined)).toBe(4);
    expect(chooseThreads(7)).toBe(7);
    vi.stubGlobal("navigator", { hardwareConcurrency: 2 });
    expect(chooseThreads(undefined)).toBe(2);
    vi.stubGlobal("navigator", undefined);
    expect(chooseThreads(undefined)).toBe(1);
    for (const wanted of [0, -1, 1.5, 33, NaN, "2" as never])
      expect(() => chooseThreads(wanted)).toThrow(expect.objectContaining({ code: "argument" }));
  });
});
