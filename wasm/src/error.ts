/**
 * Why a call failed.
 *
 * - `aborted`: the caller's `AbortSignal`, or `close()`
 * - `no-simd`: WebAssembly here has no SIMD, or not the kind that was asked for
 * - `network`: something could not be fetched
 * - `not-found`: no such file, song, genre or feature
 * - `format`: a file is damaged, or not what it says it is
 * - `version`: a file is of a format version this package does not know
 * - `argument`: the call asked for something that cannot be
 * - `memory`: memory is out
 * - `unsupported`: the bundle or this build lacks the part that is needed
 * - `internal`: a defect in this package
 */
export type PulseErrorCode =
  | "aborted"
  | "no-simd"
  | "network"
  | "not-found"
  | "format"
  | "version"
  | "argument"
  | "memory"
  | "unsupported"
  | "internal";

/** The only kind of error that this package rejects with. `message` is one sentence for people. */
export class PulseError extends Error {
  override readonly name = "PulseError";
  readonly code: PulseErrorCode;

  constructor(code: PulseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** `pulse_status` of pulse.h, by its number. */
const codeOfStatus: Readonly<Record<number, PulseErrorCode>> = {
  1: "memory",
  2: "argument",
  3: "network",
  4: "format",
  5: "version",
  6: "not-found",
  7: "unsupported",
};

/** The error for a `pulse_status` other than PULSE_OK. */
export function errorOfStatus(status: number, message: string): PulseError {
  return new PulseError(codeOfStatus[status] ?? "internal", message);
}

/** What is thrown, as a `PulseError`. */
export function asPulseError(thrown: unknown): PulseError {
  if (thrown instanceof PulseError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (isAbort(thrown)) return new PulseError("aborted", "the call was aborted", { cause: thrown });
  return new PulseError("internal", message, { cause: thrown });
}

/** Fetches and streams that were aborted fail with a DOMException of this name. */
export function isAbort(thrown: unknown): boolean {
  return (
    (thrown instanceof PulseError && thrown.code === "aborted") ||
    (thrown instanceof Error && thrown.name === "AbortError")
  );
}

/** Throws code "aborted" once the signal was raised, whatever reason it was given. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new PulseError("aborted", "the call was aborted", { cause: signal.reason });
}
