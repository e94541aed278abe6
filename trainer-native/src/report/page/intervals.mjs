// Methods compared: a dot for each at its value, and a bar for the 95% interval around it.
import { chart } from "./chart.mjs";
import { svg } from "./dom.mjs";
import { known, scale, score, ticks } from "./format.mjs";

const TOP = 6;
const BOTTOM = 26;
const NARROW = 520;

/** Where things are: names beside the bars, or above them where there is no room beside. */
function layout(width) {
  const isNarrow = width < NARROW;
  const left = isNarrow ? 8 : Math.min(300, width * 0.32);
  return {
    isNarrow,
    row: isNarrow ? 42 : 26,
    from: left,
    to: isNarrow ? width - 12 : width - 58,
    name: isNarrow
      ? { x: 2, dy: -5, "text-anchor": "start", room: width - 56 }
      : { x: left - 12, dy: 4, "text-anchor": "end", room: left - 12 },
    amount: { x: isNarrow ? width - 2 : width - 6, dy: isNarrow ? -5 : 4 },
    bar: isNarrow ? 8 : 0,
  };
}

function drawRow({ name, value, interval, own, learned }, { middle, width, x, digits, at }) {
  const letters = Math.floor(at.name.room / 6.9);
  const label = name.length > letters ? `${name.slice(0, letters - 1)}…` : name;
  const y = middle + at.bar;
  return svg(
    "g",
    { class: ["method", own && "own", learned && "learned"].filter(Boolean).join(" ") },
    svg("title", {}, `${name}: ${score(value, digits)}`),
    own && svg("rect", { class: "band", x: 0, y: middle - at.row / 2, width, height: at.row, rx: 5 }),
    svg("text", { class: "name", x: at.name.x, y: middle + at.name.dy, "text-anchor": at.name["text-anchor"] }, label),
    interval && svg("line", { class: "interval", x1: x(interval[0]), x2: x(interval[1]), y1: y, y2: y }),
    svg("circle", { class: "value", cx: x(value), cy: y, r: 4.5 }),
    svg(
      "text",
      { class: "amount", x: at.amount.x, y: middle + at.amount.dy, "text-anchor": "end" },
      score(value, digits),
    ),
  );
}

/** `rows`: {name, value, interval: [low, high] or undefined, own, learned}. `digits`: of the values. */
export function intervalChart({ title, note, rows, digits = 3 }) {
  const shownRows = rows.filter(({ value }) => known(value)).sort((a, b) => b.value - a.value);
  const highest = Math.max(0, ...shownRows.map(({ value, interval }) => interval?.[1] ?? value)) || 1;
  const lowest = Math.min(0, ...shownRows.map(({ value, interval }) => interval?.[0] ?? value));
  const draw = (width) => {
    const at = layout(width);
    const height = TOP + shownRows.length * at.row + BOTTOM;
    const x = scale(lowest, highest, at.from, at.to);
    return [
      svg(
        "svg",
        { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" },
        ticks(lowest, highest, (at.to - at.from) / 100).map((value) => [
          svg("line", { class: "grid", x1: x(value), x2: x(value), y1: TOP, y2: height - BOTTOM }),
          svg("text", { class: "axis", x: x(value), y: height - 8, "text-anchor": "middle" }, String(value)),
        ]),
        shownRows.map((row, i) => drawRow(row, { middle: TOP + (i + 0.5) * at.row, width, x, digits, at })),
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
