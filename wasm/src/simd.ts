import { PulseError, type PulseErrorCode } from "./error.js";
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

/** Threads share memory, which browsers allow only pages that keep strangers out of their process. */
function threadsRun(): boolean {
  // Node has workers too, of another kind.
  const { crossOriginIsolated, Worker } = globalThis as { crossOriginIsolated?: boolean; Worker?: unknown };
  return crossOriginIsolated === true && typeof Worker === "function" && typeof SharedArrayBuffer === "function";
}

/** The variants that run here, the faster first; empty without SIMD. */
export function supportedVariants(): Variant[] {
  if (!validates(plainModule)) return [];
  const single: Variant[] = validates(relaxedModule) ? ["relaxed", "plain"] : ["plain"];
  return threadsRun() ? ["threads", ...single] : single;
}

const maximumThreads = 32;
/** More than so many seldom help, and take memory. */
const usualThreads = 4;

/** How many threads were asked for, or fit here. Throws code "argument" where that is no number of threads. */
export function chooseThreads(wanted: CommonOptions["threads"]): number {
  if (wanted === undefined) {
    const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } };
    return Math.max(1, Math.min(usualThreads, navigator?.hardwareConcurrency ?? 1));
  }
  if (Number.isInteger(wanted) && wanted >= 1 && wanted <= maximumThreads) return wanted;
  throw new PulseError("argument", `the number of threads is a whole number from 1 to ${String(maximumThreads)}`);
}

const missing: Readonly<Record<Variant, [PulseErrorCode, string]>> = {
  plain: ["no-simd", "WebAssembly has no SIMD here: browsers have it since 2021 (Safari since 16.4, 2023)"],
  relaxed: [
    "no-simd",
    "WebAssembly has no relaxed SIMD here: ask for the plain variant, or leave the choice to the package",
  ],
  threads: [
    "unsupported",
    "there are no threads here: they need a cross-origin isolated page; leave the choice to the package",
  ],
};

/** The variants to try, in this order. Throws where there are none: code "no-simd" or "unsupported". */
export function chooseVariants(wanted: CommonOptions["simd"] = "auto", threads = 1): [Variant, ...Variant[]] {
  const supported = supportedVariants();
  const suits = (variant: Variant): boolean =>
    wanted === "auto" ? variant !== "threads" || threads > 1 : variant === wanted;
  const [first, ...others] = supported.filter(suits);
  if (first) return [first, ...others];
  throw new PulseError(...missing[wanted === "auto" || supported.length === 0 ? "plain" : wanted]);
}
