import type { BundleInfo } from "playlistpulse";
import type { CSSProperties } from "react";

const GOLDEN = 137.508; // degrees: neighbours in the list end up far apart on the colour wheel
const FIRST = 250;

/** Sets `--hue`, a genre's colour, for the styles. Colour only ever repeats what is also written. */
export function genreStyle(info: BundleInfo, genre: string | null): CSSProperties {
  const place = info.genres.findIndex((known) => known.name === genre);
  if (place < 0) return { "--chroma": 0 } as CSSProperties;
  return { "--hue": ((FIRST + place * GOLDEN) % 360).toFixed(1) } as CSSProperties;
}
