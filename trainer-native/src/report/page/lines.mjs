// Line charts: values over epochs.
import { chart, legendOf } from "./chart.mjs";
import { el, figures, svg, table } from "./dom.mjs";
import { count, known, logTicks, scale, short, ticks } from "./format.mjs";

const HEIGHT = 260;
const LEFT = 52;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 34;

/** Stretches of known values: what is missing breaks the line. */
function stretches(points) {
  const found = [];
  let open = [];
  for (const point of points) {
    if (known(point[1])) open.push(point);
    else if (open.length > 0) {
      found.push(open);
      open = [];
    }
  }
  if (open.length > 0) found.push(open);
  return found;
}

const range = (values) =>
  values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);

function axes({ width, x, y, xTicks, yTicks, xLabel }) {
  return [
    yTicks.map((value) => [
      svg("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value) }),
      svg("text", { class: "axis", x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, short(value)),
    ]),
    xTicks.map((value) =>
      svg("text", { class: "axis", x: x(value), y: HEIGHT - BOTTOM + 18, "text-anchor": "middle" }, count(value)),
    ),
    svg("text", { class: "axis", x: (LEFT + width - RIGHT) / 2, y: HEIGHT - 2, "text-anchor": "middle" }, xLabel),
  ];
}

/** A line that follows the pointer, and the values where it stands. */
function reader({ width, x, xs, series, drawing }) {
  const line = svg("line", { class: "cursor", y1: TOP, y2: HEIGHT - BOTTOM, visibility: "hidden" });
  const note = el("p", { class: "reading", "aria-hidden": "true", hidden: true });
  const read = (event) => {
    const at = event.clientX - drawing.getBoundingClientRect().left;
    const nearest = xs.reduce((best, value) => (Math.abs(x(value) - at) < Math.abs(x(best) - at) ? value : best));
    line.setAttribute("x1", x(nearest));
    line.setAttribute("x2", x(nearest));
    line.setAttribute("visibility", "visible");
    note.hidden = false;
    note.replaceChildren(
      el("b", {}, `Epoch ${nearest}`),
      ...series.map(({ name, tone, values }) => {
        const value = values.get(nearest);
        return el("span", {}, el("i", { class: `key tone-${tone}` }), `${name} ${short(value)}`);
      }),
    );
    const wide = note.offsetWidth;
    const left = x(nearest) + 12 + wide > width ? x(nearest) - 12 - wide : x(nearest) + 12;
    note.style.transform = `translate(${Math.max(0, left)}px, ${TOP}px)`;
  };
  const leave = () => {
    line.setAttribute("visibility", "hidden");
    note.hidden = true;
  };
  drawing.addEventListener("pointermove", read);
  drawing.addEventListener("pointerdown", read);
  drawing.addEventListener("pointerleave", leave);
  drawing.append(line);
  return note;
}

/** `series`: {name, tone: a number of the palette, points: [[epoch, value]]}; `logarithmic`: a wide range of values. */
export function lineChart({ title, note, series: given, logarithmic = false, zero = false }) {
  const series = given.map((one) => ({ ...one, values: new Map(one.points) }));
  const all = series.flatMap(({ points }) => points).filter(([, value]) => known(value));
  const positive = all.every(([, value]) => value > 0);
  const onLogs = logarithmic && positive;
  const xs = [...new Set(all.map(([epoch]) => epoch))].sort((a, b) => a - b);
  const [firstX, lastX] = range(xs);
  let [low, high] = range(all.map(([, value]) => value));
  if (zero) low = Math.min(0, low);
  if (low === high) [low, high] = onLogs ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
  if (!onLogs && !zero) [low, high] = [low - (high - low) * 0.05, high + (high - low) * 0.05];

  const draw = (width) => {
    const x = scale(firstX, lastX === firstX ? firstX + 1 : lastX, LEFT, width - RIGHT);
    const y = scale(low, high, HEIGHT - BOTTOM, TOP, onLogs);
    const yTicks = onLogs ? logTicks(low, high) : ticks(low, high, 5);
    const xTicks = ticks(firstX, lastX, width / 90).filter(Number.isInteger);
    const drawing = svg(
      "svg",
      { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, "aria-hidden": "true" },
      axes({ width, x, y, xTicks, yTicks, xLabel: "epoch" }),
      series.map(({ tone, points }) =>
        stretches(points).map((stretch) =>
          stretch.length === 1
            ? svg("circle", { class: `dot tone-${tone}`, cx: x(stretch[0][0]), cy: y(stretch[0][1]), r: 3 })
            : svg("polyline", {
                class: `line tone-${tone}`,
                points: stretch.map(([epoch, value]) => `${x(epoch).toFixed(1)},${y(value).toFixed(1)}`).join(" "),
              }),
        ),
      ),
    );
    return [drawing, reader({ width, x, xs, series, drawing })];
  };

  const rows = xs.map((epoch) => [count(epoch), ...series.map(({ values }) => short(values.get(epoch)))]);
  const columns = [
    { title: "Epoch", number: true, head: true },
    ...series.map(({ name }) => ({ title: name, number: true })),
  ];
  return chart({
    title,
    note: onLogs ? [note, " The scale is logarithmic."] : note,
    label: `${title}: ${series.map(({ name, points }) => `${name} ends at ${short(points.at(-1)?.[1])}`).join(", ")}`,
    legend: legendOf(series),
    draw,
    table: figures("The figures", table(title, columns, rows)),
  });
}
