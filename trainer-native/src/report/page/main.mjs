// The report: reads its data and puts the sections together.
import { el, section, svg } from "./dom.mjs";
import { evaluationSection } from "./evaluation.mjs";
import { featuresSection } from "./features.mjs";
import { bytes, count, known, percent, text } from "./format.mjs";
import { makingSection } from "./making.mjs";
import { mapSection } from "./map.mjs";
import { samplesSection } from "./samples.mjs";
import { trainingSection } from "./training.mjs";

const SECTIONS = [
  ["evaluation", "Recommending", evaluationSection],
  ["map", "Map", mapSection],
  ["samples", "Neighbours", samplesSection],
  ["training", "Training", trainingSection],
  ["features", "Data", featuresSection],
  ["making", "Making", makingSection],
];

const mark = () =>
  svg(
    "svg",
    { viewBox: "0 0 24 20", class: "mark", "aria-hidden": "true" },
    [8, 5, 16, 11].map((height, i) =>
      svg("rect", { class: i === 2 && "lamp", x: i * 6 + 1, y: 18 - height, width: 4, height, rx: 1.5 }),
    ),
  );

/** The figures to know before all others. */
function keyFigures(data) {
  const { manifest = {} } = data;
  const whole = (manifest.files ?? []).reduce((sum, file) => sum + (known(file.bytes) ? file.bytes : 0), 0);
  const lyrics = manifest.encoder?.songs;
  const genres = data.map?.genres?.length ?? data.categories?.find(({ name }) => name === "genre")?.different;
  return el(
    "dl",
    { class: "key-figures" },
    [
      ["songs", count(data.songs)],
      ["artists", count(data.artists)],
      known(genres) && genres > 0 && ["genres", count(genres)],
      known(lyrics) && ["with lyrics", percent(lyrics / data.songs)],
      ["dimensions", count(data.dimensions)],
      whole > 0 && ["bundle", bytes(whole)],
    ]
      .filter(Boolean)
      .map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
  );
}

function head(data) {
  const title = text(data.manifest?.data?.title) || "A bundle of songs";
  document.querySelector(".top").append(
    el("p", { class: "brand" }, mark(), "PlaylistPulse", el("span", {}, "report")),
    el("h1", {}, title),
    keyFigures(data),
    el(
      "nav",
      { "aria-label": "Sections" },
      SECTIONS.map(([id, name]) => el("a", { href: `#${id}` }, name)),
    ),
  );
}

/** A section that cannot be drawn is no reason to show none of the others. */
function drawn([id, name, draw], data) {
  try {
    return draw(data);
  } catch (error) {
    console.error(error);
    return section(id, name, `This section could not be drawn: ${error.message}`);
  }
}

/** On paper everything is open; afterwards as it was. */
function openForPrint() {
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details.sample:not([open])")];
    for (const details of closed) details.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const details of closed) details.open = false;
  });
}

const data = JSON.parse(document.getElementById("data").textContent);
head(data);
document.getElementById("report").append(...SECTIONS.map((one) => drawn(one, data)));
openForPrint();
