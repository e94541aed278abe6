// Methods compared: a dot for each at its value, and a bar for the 95% interval around it.
import { chart } from "./chart.mjs";
import { svg } from "./dom.mjs";
import { known, scale, score, ticks } from "./format.mjs";

const ROW = 26;
const TOP = 6;
const BOTTOM = 26;

/** `rows`: {name, value, interval: [low, high] or undefined, own: ours}. `digits`: of the values. */
export function intervalChart({ title, note, rows, digits = 3 }) {
  const shownRows = rows.filter(({ value }) => known(value)).sort((a, b) => b.value - a.value);
  const highest = Math.max(0, ...shownRows.map(({ value, interval }) => interval?.[1] ?? value));
  const lowest = Math.min(0, ...shownRows.map(({ value, interval }) => interval?.[0] ?? value));
  const height = TOP + shownRows.length * ROW + BOTTOM;
  const draw = (width) => {
    const left = Math.min(220, Math.max(110, width * 0.3));
    const letters = Math.floor((left - 12) / 6.9);
    const x = scale(lowest, highest || 1, left, width - 58);
    return [
      svg(
        "svg",
        { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" },
        ticks(lowest, highest || 1, (width - left) / 110).map((value) => [
          svg("line", { class: "grid", x1: x(value), x2: x(value), y1: TOP, y2: height - BOTTOM }),
          svg("text", { class: "axis", x: x(value), y: height - 8, "text-anchor": "middle" }, String(value)),
        ]),
        shownRows.map(({ name, value, interval, own }, i) => {
          const y = TOP + i * ROW + ROW / 2;
          const label = name.length > letters ? `${name.slice(0, letters - 1)}…` : name;
          return svg(
            "g",
            { class: own ? "method own" : "method" },
            svg("title", {}, `${name}: ${score(value, digits)}`),
            own && svg("rect", { class: "band", x: 0, y: y - ROW / 2, width, height: ROW, rx: 5 }),
            svg("text", { class: "name", x: left - 12, y: y + 4, "text-anchor": "end" }, label),
            interval && svg("line", { class: "interval", x1: x(interval[0]), x2: x(interval[1]), y1: y, y2: y }),
            svg("circle", { class: "value", cx: x(value), cy: y, r: 4.5 }),
            svg("text", { class: "amount", x: width - 6, y: y + 4, "text-anchor": "end" }, score(value, digits)),
          );
        }),
      ),
    ];
  };
  return chart({
    title,
    note,
    draw,
    label: `${title}: ${shownRows.map(({ name, value }) => `${name} ${score(value, digits)}`).join(", ")}`,
  });
}
