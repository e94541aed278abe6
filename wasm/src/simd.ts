import { PulseError } from "./error.js";
import type { CommonOptions, Variant } from "./types.js";

/*
 * What this WebAssembly engine can do is asked by validating a module of one function that uses it. Each is
 * put together here from the binary format (https://webassembly.github.io/spec/core/binary/): sections of
 * an id, a size and their content; every number below is under 128, so it is its own LEB128.
 */

const v128 = 0x7b;
const end = 0x0b;
/** Instructions of both proposals begin with this byte; their number follows in LEB128. */
const simd = 0xfd;
/** `i32.const 0`, `i8x16.splat`: a vector on the stack. */
const vector = [0x41, 0x00, simd, 0x0f];

/** A module with one function of type [] -> [v128] and these instructions. */
function moduleOf(instructions: number[]): Uint8Array<ArrayBuffer> {
  const body = [0 /* groups of locals */, ...instructions, end];
  const code = [1 /* function */, body.length, ...body];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d], // "\0asm"
    ...[0x01, 0x00, 0x00, 0x00], // version 1
    ...[0x01, 5, 1, 0x60, 0, 1, v128], // types: one function, no parameters, one result
    ...[0x03, 2, 1, 0], // functions: one, of type 0
    ...[0x0a, code.length, ...code],
  ]);
}

/**
 * Fixed-width SIMD, as it was standardised: `i8x16.popcnt` (98) came last, and engines that had SIMD only
 * behind a switch numbered instructions differently.
 */
const plainModule = moduleOf([...vector, simd, 98]);

/**
 * Relaxed SIMD: `f32x4.relaxed_madd` (0x105) and `i32x4.relaxed_dot_i8x16_i7x16_add_s` (0x113), which are
 * what the kernels use. The result of the first is the last operand of the second.
 */
const relaxedModule = moduleOf([
  ...[...vector, ...vector],
  ...[...vector, ...vector, ...vector, simd, 0x85, 0x02],
  ...[simd, 0x93, 0x02],
]);

function validates(bytes: Uint8Array<ArrayBuffer>): boolean {
  return typeof WebAssembly === "object" && WebAssembly.validate(bytes);
}

/** The variants that run here, the faster first; empty without SIMD. */
export function supportedVariants(): Variant[] {
  if (!validates(plainModule)) return [];
  return validates(relaxedModule) ? ["relaxed", "plain"] : ["plain"];
}

/** The variants to try, in this order. Throws code "no-simd" where there are none. */
export function chooseVariants(wanted: CommonOptions["simd"] = "auto"): [Variant, ...Variant[]] {
  const supported = supportedVariants();
  const [first, ...others] = wanted === "auto" ? supported : supported.filter((variant) => variant === wanted);
  if (first) return [first, ...others];
  throw new PulseError(
    "no-simd",
    supported.length > 0
      ? "WebAssembly has no relaxed SIMD here: ask for the plain variant, or leave the choice to the package"
      : "WebAssembly has no SIMD here: browsers have it since 2021 (Safari since 16.4, 2023)",
  );
}
