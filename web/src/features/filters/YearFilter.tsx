import { useId, useState } from "react";
import type { Range } from "../../state/query.ts";
import { DualRange } from "./DualRange.tsx";
import { fromPlaces, toPlaces } from "./steps.ts";
import { checkYears, type Bounds } from "./years.ts";

interface Props {
  bounds: Bounds;
  years: Range;
  onChange: (years: Range) => void;
}

export function YearFilter({ bounds, years, onChange }: Props) {
  const id = useId();
  // What is being typed, while it is not yet, or not only, what is in force.
  const [draft, setDraft] = useState<{ from: string; to: string; years: Range } | null>(null);
  const current = draft !== null && draft.years === years;
  const from = current ? draft.from : String(years.min ?? bounds.min);
  const to = current ? draft.to : String(years.max ?? bounds.max);
  const check = checkYears(from, to, bounds);
  const steps = bounds.max - bounds.min;
  const [low, high] = toPlaces(years, bounds, steps);

  const type = (nextFrom: string, nextTo: string) => {
    setDraft({ from: nextFrom, to: nextTo, years });
  };
  const commit = () => {
    if (!current || !check.ok) return;
    setDraft(null);
    if (check.range.min !== years.min || check.range.max !== years.max) onChange(check.range);
  };
  const field = (name: "from" | "to", value: string) => (
    <input
      id={`${id}${name}`}
      className="field"
      type="text"
      inputMode="numeric"
      maxLength={4}
      value={value}
      aria-invalid={!check.ok && (check.field === name || check.field === "both") ? true : undefined}
      aria-describedby={check.ok ? undefined : `${id}message`}
      onChange={(event) => {
        if (name === "from") type(event.target.value, to);
        else type(from, event.target.value);
      }}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === "Enter") commit();
        if (event.key === "Escape") setDraft(null);
      }}
    />
  );

  return (
    <fieldset className="filter">
      <legend>Years</legend>
      <DualRange
        label="Years"
        steps={steps}
        low={low}
        high={high}
        valueText={(place) => String(bounds.min + place)}
        onChange={(nextLow, nextHigh) => {
          setDraft(null);
          onChange(fromPlaces(nextLow, nextHigh, bounds, steps));
        }}
      />
      <div className="years">
        <label htmlFor={`${id}from`} className="hidden">
          First year
        </label>
        {field("from", from)}
        <span>to</span>
        <label htmlFor={`${id}to`} className="hidden">
          Last year
        </label>
        {field("to", to)}
      </div>
      <p id={`${id}message`} className="filter-error" role="status">
        {!check.ok && check.message}
      </p>
    </fieldset>
  );
}
