import type { BundleInfo, Feature } from "playlistpulse";
import { change } from "../../state/location.ts";
import { withRange, type Filters } from "../../state/query.ts";
import { sentence, short } from "../../ui/format.ts";
import { Icon } from "../../ui/Icon.tsx";
import { density } from "./density.ts";
import { DualRange } from "./DualRange.tsx";
import { fromPlaces, STEPS, toPlaces } from "./steps.ts";

const BINS = 30;

/** A range for every numerical feature, grouped as the catalogue groups them. */
export function FeatureFilters({ info, filters }: { info: BundleInfo; filters: Filters }) {
  const usable = info.features.filter((feature) => feature.max > feature.min);
  const groups = [...new Set(usable.map((feature) => feature.modality))];
  // What a song sounds like is what people filter by.
  groups.sort((a, b) => Number(b === "audio") - Number(a === "audio"));
  return groups.map((group) => {
    const features = usable.filter((feature) => feature.modality === group);
    const inForce = features.filter((feature) => filters.ranges[feature.name]).length;
    return (
      <details key={group} className="filter feature-group">
        <summary>
          {GROUPS[group] ?? sentence(group)}
          {inForce > 0 && <span className="badge">{inForce}</span>}
          <Icon name="chevron" />
        </summary>
        {features.map((feature) => (
          <FeatureRange key={feature.name} feature={feature} filters={filters} />
        ))}
        <p className="fine">A song that lacks a value is left out once its range is narrowed.</p>
      </details>
    );
  });
}

/** Groups as the trainer names them, in a listener's words; others keep their own name. */
const GROUPS: Readonly<Record<string, string>> = {
  audio: "Sound",
  descriptors: "What it is about",
  metadata: "Facts",
  lyrics: "Lyrics",
};

function FeatureRange({ feature, filters }: { feature: Feature; filters: Filters }) {
  const range = filters.ranges[feature.name] ?? { min: null, max: null };
  const [low, high] = toPlaces(range, feature, STEPS);
  const unit = feature.unit === "" ? "" : ` ${feature.unit}`;
  const value = (place: number) =>
    `${short(feature.min + ((feature.max - feature.min) * place) / STEPS)}${unit}`;
  const open = low === 0 && high === STEPS;
  return (
    <div className="feature-range">
      <div className="feature-head">
        <span>{sentence(feature.label)}</span>
        <span className="feature-value">{open ? "any" : `${value(low)} – ${value(high)}`}</span>
      </div>
      <DualRange
        label={sentence(feature.label)}
        steps={STEPS}
        low={low}
        high={high}
        valueText={value}
        density={density(feature.quantiles, BINS)}
        onChange={(nextLow, nextHigh) => {
          const next = fromPlaces(nextLow, nextHigh, feature, STEPS);
          change((query) => withRange(query, feature.name, next), "replace");
        }}
      />
      {(feature.low !== "" || feature.high !== "") && (
        <div className="feature-ends" aria-hidden="true">
          <span>{feature.low}</span>
          <span>{feature.high}</span>
        </div>
      )}
    </div>
  );
}
