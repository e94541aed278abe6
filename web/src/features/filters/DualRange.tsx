import type { CSSProperties } from "react";

interface Props {
  /** Said to screen readers before "from" and "to". */
  label: string;
  steps: number;
  low: number;
  high: number;
  valueText: (place: number) => string;
  onChange: (low: number, high: number) => void;
  /** How many songs lie where, low to high, as heights of 0 .. 1; drawn behind the slider. */
  density?: readonly number[];
}

/** Two native sliders on one track, so that keyboard and screen readers work as they always do. */
export function DualRange({ label, steps, low, high, valueText, onChange, density = [] }: Props) {
  const style = {
    "--low": `${(low / steps) * 100}%`,
    "--high": `${(high / steps) * 100}%`,
  } as CSSProperties;
  return (
    <div className="dual" style={style} data-narrowed={low > 0 || high < steps ? "" : undefined}>
      {density.length > 0 && (
        <svg className="dual-density" viewBox={`0 0 ${density.length} 1`} preserveAspectRatio="none" aria-hidden="true">
          {density.map((height, place) => (
            <rect key={place} x={place + 0.1} y={1 - height} width={0.8} height={height} />
          ))}
        </svg>
      )}
      <div className="dual-track" aria-hidden="true" />
      <input
        type="range"
        min={0}
        max={steps}
        value={low}
        aria-label={`${label}, from`}
        aria-valuetext={valueText(low)}
        // Both at the far end: the lower one has to stay within reach.
        style={{ zIndex: low > steps / 2 ? 2 : 1 }}
        onChange={(event) => {
          onChange(Math.min(Number(event.target.value), high), high);
        }}
      />
      <input
        type="range"
        min={0}
        max={steps}
        value={high}
        aria-label={`${label}, to`}
        aria-valuetext={valueText(high)}
        style={{ zIndex: 1 }}
        onChange={(event) => {
          onChange(low, Math.max(Number(event.target.value), low));
        }}
      />
    </div>
  );
}
