// Numbers and names as people read them, and scales for charts.

const counts = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** 28,372 */
export const count = (value) => counts.format(value);

/** Whether there is a number to show. */
export const known = (value) => typeof value === "number" && Number.isFinite(value);

/** A text of the data, or "". */
export const text = (value) => (typeof value === "string" ? value : known(value) ? String(value) : "");

/** Three significant digits, without an exponent where that is readable. */
export function short(value) {
  if (!known(value)) return "–";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 10_000 || Number.isInteger(value)) return size >= 1e7 ? value.toExponential(1) : count(value);
  if (size < 0.0001) return value.toExponential(1);
  return String(Number(value.toPrecision(3)));
}

/** 0.123: a share or a score, all with as many digits, so that they stand under each other. */
export const score = (value, digits = 3) => (known(value) ? value.toFixed(digits) : "–");

/** 4.6% */
export function percent(value) {
  if (!known(value)) return "–";
  if (value > 0 && value < 0.001) return "< 0.1%";
  const rounded = (value * 100).toFixed(value > 0.0995 ? 0 : 1);
  return `${rounded === "0.0" ? "0" : rounded}%`;
}

/** 3.7 MB */
export function bytes(value) {
  if (!known(value)) return "–";
  if (value < 1000) return `${value} bytes`;
  const units = ["kB", "MB", "GB", "TB"];
  let unit = -1;
  let size = value;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}

/** 42.1 s, 3 min 5 s */
export function seconds(value) {
  if (!known(value)) return "–";
  if (value < 60) return `${value < 10 ? value.toFixed(2) : value.toFixed(1)} s`;
  const whole = Math.round(value);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** "modality_dropout" as words. */
export const words = (name) => text(name).replaceAll("_", " ");

/** With a capital at the front. */
export const sentence = (name) => name.charAt(0).toUpperCase() + name.slice(1);

/** Round numbers from `low` to `high`, about `wanted` of them. */
export function ticks(low, high, wanted) {
  if (!(high > low)) return [low];
  const rough = (high - low) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i += 1)
    found.push(Number((i * step).toPrecision(12)));
  return found;
}

/** The same for a logarithmic axis: powers of ten, and 2 and 5 times those where there are few. */
export function logTicks(low, high) {
  const decades = Math.log10(high / low);
  const factors = decades > 4 ? [1] : decades > 1.2 ? [1, 3] : [1, 2, 3, 5, 7];
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1)
    for (const factor of factors) {
      const value = factor * 10 ** power;
      if (value >= low * 0.999 && value <= high * 1.001) found.push(Number(value.toPrecision(6)));
    }
  return found.length < 3 ? ticks(low, high, 4) : found;
}

/** Maps [low, high] to [from, to]. */
export function scale(low, high, from, to, logarithmic = false) {
  const place = logarithmic ? Math.log : (value) => value;
  const start = place(low);
  const range = place(high) - start || 1;
  return (value) => from + ((place(value) - start) / range) * (to - from);
}
