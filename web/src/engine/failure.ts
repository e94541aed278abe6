/** What a person needs to know when the engine gives up: what happened, and what to do next. */
export interface Failure {
  readonly code: string;
  readonly title: string;
  readonly advice: string;
  /** The engine's own words. */
  readonly detail: string;
  /** Whether the same attempt may work later. */
  readonly retry: boolean;
}

const KINDS: Record<string, Omit<Failure, "code" | "detail">> = {
  "no-simd": {
    title: "This browser is too old for the engine",
    advice:
      "PlaylistPulse computes with WebAssembly SIMD. These browsers and later ones have it: Chrome and Edge 91, Firefox 89, Safari 16.4 (iOS 16.4), Opera 77, Samsung Internet 16.",
    retry: false,
  },
  network: {
    title: "The songs could not be fetched",
    advice: "The connection failed on the way. Check that you are online, then try again.",
    retry: true,
  },
  "not-found": {
    title: "A part of this page is missing",
    advice:
      "The page was found, but not the file named below. Whoever runs this page should check that it was published whole, with the folders assets and models.",
    retry: true,
  },
  format: {
    title: "The songs arrived damaged",
    advice:
      "A file is not what its checksum says. Trying again fetches it anew; if that does not help, the copy on the server is damaged.",
    retry: true,
  },
  version: {
    title: "The songs are newer than this page",
    advice:
      "The bundle has a format this page does not know yet. Loading the page again, past the cache, usually brings the version that does.",
    retry: true,
  },
  argument: {
    title: "There is nothing to go by in that",
    advice: "Change the words below “Your mix”: a few that say what the song is about are enough.",
    retry: false,
  },
  memory: {
    title: "There is not enough memory",
    advice: "The songs did not fit. Closing a few tabs usually helps; then try again.",
    retry: true,
  },
};

const OTHER: Omit<Failure, "code" | "detail"> = {
  title: "Something went wrong in the engine",
  advice: "Trying again may help. If it does not, please report what it said below.",
  retry: true,
};

/** The `code` of a PulseError, which may have lost its class on the way from the worker. */
export function codeOf(error: unknown): string {
  if (typeof error === "object" && error !== null) {
    if ("code" in error && typeof error.code === "string") return error.code;
    if ("name" in error && error.name === "AbortError") return "aborted";
  }
  return "internal";
}

export function failure(error: unknown): Failure {
  const code = codeOf(error);
  const detail = error instanceof Error ? error.message : String(error);
  return { code, detail, ...(KINDS[code] ?? OTHER) };
}
