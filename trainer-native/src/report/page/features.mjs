// What the songs are described by, and how much of it there is.
import { el, section } from "./dom.mjs";
import { count, known, percent, sentence, words } from "./format.mjs";
import { categoryBars, histogram } from "./histogram.mjs";

/** Features by the group they go missing with, in the order they come. */
function groups({ numbers = [], categories = [] }) {
  const found = new Map();
  for (const [feature, kind] of [
    ...numbers.map((one) => [one, histogram]),
    ...categories.map((one) => [one, categoryBars]),
  ]) {
    const name = feature.modality || "other";
    if (!found.has(name)) found.set(name, []);
    found.get(name).push([feature, kind]);
  }
  return [...found];
}

function lyricsNote({ manifest, songs }) {
  const covered = manifest?.encoder?.songs;
  if (!known(covered)) return null;
  const model = typeof manifest.encoder.name === "string" ? ` by ${manifest.encoder.name}` : "";
  return el(
    "div",
    { class: "modality" },
    el("h3", {}, "Lyrics"),
    el(
      "p",
      {},
      `${count(covered)} of ${count(songs)} songs (${percent(covered / songs)}) have lyrics, which were read into vectors${model}. The text is not in the bundle, nor here.`,
    ),
  );
}

export function featuresSection(data) {
  return section(
    "features",
    "The data",
    "How often which value occurs among the songs. A feature that is mostly missing, or the same for all, teaches the model little.",
    groups(data).map(([name, features]) =>
      el(
        "div",
        { class: "modality" },
        el("h3", {}, sentence(words(name))),
        el(
          "div",
          { class: "features" },
          features.map(([feature, draw]) => draw(feature, data.songs)),
        ),
      ),
    ),
    lyricsNote(data),
  );
}
