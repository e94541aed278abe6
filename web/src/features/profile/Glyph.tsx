import type { Profile } from "./profile.ts";
import "./profile.css";

const WIDTH = 5;
const STEP = 9;
const HEIGHT = 34;
const LEAST = 2;

/**
 * A song's sound as a few bars, like the levels of a mixer: each bar is where the song stands among
 * all others in one feature. `against` marks another profile's level across each bar. Drawn for the
 * eye only: the same is said in words beside it.
 */
export function Glyph({ profile, against }: { profile: Profile; against?: Profile | undefined }) {
  return (
    <svg
      className="glyph"
      viewBox={`0 0 ${profile.length * STEP - (STEP - WIDTH) + 2} ${HEIGHT}`}
      aria-hidden="true"
      focusable="false"
    >
      {profile.map((value, column) => {
        const x = column * STEP + 1;
        const mark = against?.[column];
        const height = value === null ? 0 : LEAST + value * (HEIGHT - LEAST);
        return (
          <g key={column}>
            <rect className="glyph-track" x={x} y={0} width={WIDTH} height={HEIGHT} rx={1.5} />
            {value !== null && (
              <rect
                className="glyph-level"
                x={x}
                y={HEIGHT - height}
                width={WIDTH}
                height={height}
                rx={1.5}
              />
            )}
            {mark !== null && mark !== undefined && (
              <rect
                className="glyph-mark"
                x={x - 1}
                y={HEIGHT - LEAST - mark * (HEIGHT - LEAST)}
                width={WIDTH + 2}
                height={LEAST}
              />
            )}
          </g>
        );
      })}
    </svg>
  );
}
