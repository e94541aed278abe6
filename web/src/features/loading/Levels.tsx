import "./loading.css";

const BARS = 24;

/** A progress bar of levels that light up from left to right; `part` is 0 .. 1. */
export function Levels({ part, label }: { part: number; label: string }) {
  return (
    <div
      className="levels"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(part * 100)}
    >
      {Array.from({ length: BARS }, (_, bar) => (
        <span key={bar} className={bar < part * BARS ? "level level--on" : "level"} />
      ))}
    </div>
  );
}
