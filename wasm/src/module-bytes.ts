import type { Variant } from "./types.js";

/** How large the modules are, uncompressed; 0: not known. The package's build writes the real numbers here. */
export const moduleBytes: Readonly<Record<Variant, number>> = { plain: 0, relaxed: 0, threads: 0 };
