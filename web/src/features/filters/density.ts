/**
 * From deciles to how densely songs lie along the feature's range: `bins` heights of 0 .. 1. Each
 * tenth of the songs is spread evenly between its two deciles. Square roots, so that one crowded end
 * does not flatten the rest.
 */
export function density(quantiles: readonly number[], bins: number): number[] {
  const min = quantiles[0];
  const max = quantiles[quantiles.length - 1];
  if (min === undefined || max === undefined || !(max > min)) return [];
  const width = (max - min) / bins;
  const mass = new Array<number>(bins).fill(0);
  for (let tenth = 0; tenth + 1 < quantiles.length; tenth += 1) {
    const low = quantiles[tenth] ?? min;
    const high = Math.max(quantiles[tenth + 1] ?? low, low + width / 1000);
    for (let bin = 0; bin < bins; bin += 1) {
      const from = min + bin * width;
      const overlap = Math.min(high, from + width) - Math.max(low, from);
      if (overlap > 0) mass[bin] = (mass[bin] ?? 0) + overlap / (high - low);
    }
  }
  const most = Math.max(...mass);
  return mass.map((value) => Math.sqrt(value / most));
}
