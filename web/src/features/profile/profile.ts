import type { BundleInfo, Feature } from "playlistpulse";

const MOST = 7;

/**
 * The features a profile draws: the group of the sound where the catalogue has it, else the largest
 * group, at most seven.
 */
export function profileFeatures(info: BundleInfo): Feature[] {
  const groups = new Map<string, Feature[]>();
  for (const feature of info.features) {
    const group = groups.get(feature.modality);
    if (group) group.push(feature);
    else groups.set(feature.modality, [feature]);
  }
  const largest = [...groups.values()].sort((a, b) => b.length - a.length)[0] ?? [];
  return (groups.get("audio") ?? largest).slice(0, MOST);
}

/**
 * Where a value stands among all songs, 0 .. 1, read off the feature's deciles. A value that many
 * songs share counts as its lowest place, so that "none at all" is 0 however common it is.
 */
export function standing(feature: Feature, value: number | null | undefined): number | null {
  const { quantiles } = feature;
  if (value === null || value === undefined || quantiles.length < 2) return null;
  const steps = quantiles.length - 1;
  const above = quantiles.findIndex((quantile) => quantile >= value);
  if (above < 0) return 1;
  if (above === 0) return 0;
  const low = quantiles[above - 1] ?? 0;
  const high = quantiles[above] ?? low;
  const part = high > low ? (value - low) / (high - low) : 0;
  return (above - 1 + part) / steps;
}

export type Profile = readonly (number | null)[];

export function profileOf(
  features: readonly Feature[],
  values: Readonly<Record<string, number | null>>,
): Profile {
  return features.map((feature) => standing(feature, values[feature.name]));
}

/** The mean of profiles, of the values each one has. */
export function meanProfile(profiles: readonly Profile[]): Profile {
  const width = Math.max(0, ...profiles.map((profile) => profile.length));
  return Array.from({ length: width }, (_, column) => {
    const known = profiles
      .map((profile) => profile[column])
      .filter((value): value is number => value !== null && value !== undefined);
    if (known.length === 0) return null;
    return known.reduce((sum, value) => sum + value, 0) / known.length;
  });
}
