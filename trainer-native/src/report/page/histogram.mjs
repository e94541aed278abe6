// How one feature is distributed: a small histogram, or bars for categories.
import { el, figures, svg, table } from "./dom.mjs";
import { count, known, percent, sentence, short, text } from "./format.mjs";

const WIDTH = 240;
const HEIGHT = 72;

/** The bounds of bin `i`, as the program laid them out. */
function bounds({ scale, step, minimum, maximum, bins }, i) {
  if (scale === "whole")
    return [Math.round(minimum) + i * step, Math.min(Math.round(minimum) + (i + 1) * step - 1, Math.round(maximum))];
  const at = (share) =>
    scale === "logarithmic" ? minimum * (maximum / minimum) ** share : minimum + (maximum - minimum) * share;
  return [at(i / bins.length), at((i + 1) / bins.length)];
}

const yearly = ({ name }) => name === "year";
const shown = (feature, value) => (yearly(feature) ? String(Math.round(value)) : short(value));

function between(feature, i) {
  const [from, to] = bounds(feature, i);
  return from === to ? shown(feature, from) : `${shown(feature, from)} to ${shown(feature, to)}`;
}

function bars(feature) {
  const highest = Math.max(1, ...feature.bins);
  const step = WIDTH / feature.bins.length;
  return svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", class: "bins", "aria-hidden": "true" },
    feature.bins.map((songs, i) => {
      const height = songs > 0 ? Math.max(1, (songs / highest) * HEIGHT) : 0;
      return svg(
        "g",
        {},
        svg("title", {}, `${between(feature, i)}: ${count(songs)} songs`),
        svg("rect", { class: "reach", x: i * step, y: 0, width: step, height: HEIGHT }),
        svg("rect", {
          class: "bin",
          x: i * step + step * 0.06,
          y: HEIGHT - height,
          width: step * 0.88,
          height,
        }),
      );
    }),
  );
}

/** "3% missing", with a bar where there is something to see. */
function missing(knownSongs, songs) {
  const share = songs > 0 ? (songs - knownSongs) / songs : 0;
  return el(
    "span",
    { class: share > 0 ? "missing" : "missing none" },
    share > 0 ? `${percent(share)} missing` : "complete",
  );
}

const heading = (feature, songs) =>
  el("header", {}, el("h4", {}, sentence(feature.label || feature.name)), missing(feature.known, songs));

const nothingKnown = () => el("p", { class: "note" }, "No song has a value.");

/** A numerical feature. `songs`: how many there are, with and without it. */
export function histogram(feature, songs) {
  const middle = known(feature.median) ? feature.median : feature.mean;
  const what = known(feature.median) ? "median" : "mean";
  return el(
    "article",
    { class: "feature" },
    heading(feature, songs),
    feature.known > 0
      ? [
          bars(feature),
          el(
            "p",
            { class: "range" },
            el("span", {}, shown(feature, feature.minimum)),
            el(
              "span",
              { class: "middle" },
              `${what} ${shown(feature, middle)}${feature.unit ? ` ${feature.unit}` : ""}`,
            ),
            el("span", {}, shown(feature, feature.maximum)),
          ),
          (feature.low || feature.high) &&
            el("p", { class: "range" }, el("span", {}, text(feature.low)), el("span", {}, text(feature.high))),
          el(
            "div",
            { class: "below" },
            feature.scale === "logarithmic" && el("small", {}, "logarithmic scale"),
            figures(
              "The figures",
              table(
                `Songs by ${feature.label || feature.name}`,
                [
                  { title: "Values", head: true },
                  { title: "Songs", number: true },
                ],
                feature.bins.map((n, i) => [between(feature, i), count(n)]),
                { hidden: true },
              ),
            ),
          ),
        ]
      : nothingKnown(),
  );
}

/** A category: a bar for each of its most frequent values. */
export function categoryBars(feature, songs) {
  const rows = feature.values.map(({ name, songs: n }) => ({ name, n }));
  if (feature.others > 0)
    rows.push({ name: `${count(feature.different - feature.values.length)} others`, n: feature.others, rest: true });
  const most = Math.max(1, ...rows.map(({ n }) => n));
  return el(
    "article",
    { class: "feature category" },
    heading(feature, songs),
    rows.length > 0
      ? el(
          "table",
          { class: "bars" },
          el("caption", { class: "unseen" }, `Songs by ${feature.label || feature.name}`),
          el(
            "thead",
            { class: "unseen" },
            el("tr", {}, el("th", { scope: "col" }, "Value"), el("th", { scope: "col" }, "Songs")),
          ),
          el(
            "tbody",
            {},
            rows.map(({ name, n, rest }) => {
              const bar = el("span", { class: rest ? "bar rest" : "bar", "aria-hidden": "true" });
              bar.style.inlineSize = `${(n / most) * 100}%`;
              return el(
                "tr",
                {},
                el("th", { scope: "row" }, name),
                el("td", {}, el("span", { class: "track" }, bar), el("span", { class: "amount" }, count(n))),
              );
            }),
          ),
        )
      : nothingKnown(),
  );
}
