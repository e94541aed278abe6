import { expect, test, vi } from "vitest";

import { chooseVariants, supportedVariants } from "../dist/simd.js";

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
