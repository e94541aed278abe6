// Some songs and their nearest neighbours, as the recommender gives them.
import { el, nothing, section, table } from "./dom.mjs";
import { score, text } from "./format.mjs";

const about = ({ genre, year }) => [text(genre), year > 0 && String(year)].filter(Boolean).join(" · ");

function closeness(value) {
  const bar = el("span", { class: "bar" });
  bar.style.inlineSize = `${Math.max(0, Math.min(1, value)) * 100}%`;
  return el(
    "span",
    { class: "closeness" },
    el("span", { class: "track", "aria-hidden": "true" }, bar),
    score(value, 2),
  );
}

function sample(song, i) {
  const { neighbours } = song;
  return el(
    "details",
    { class: "sample", open: i === 0 },
    el(
      "summary",
      {},
      el("span", { class: "title" }, text(song.title)),
      el("span", { class: "artist" }, text(song.artist)),
      el("span", { class: "about" }, about(song)),
      el("span", { class: "chosen" }, song.chosen === "typical" ? `typical of ${text(song.genre)}` : "drawn by lot"),
    ),
    neighbours.length > 0
      ? table(
          `Nearest to ${text(song.title)}`,
          [
            { title: el("span", { class: "unseen" }, "Rank"), number: true },
            { title: "Score" },
            { title: "Song", head: true },
            { title: "Genre and year" },
            { title: "Why" },
          ],
          neighbours.map((one, rank) => [
            rank + 1,
            closeness(one.score),
            [el("b", {}, text(one.title)), el("small", {}, text(one.artist))],
            about(one),
            el(
              "ul",
              { class: "why" },
              one.why.map((reason) => el("li", {}, text(reason))),
            ),
          ]),
          { className: "neighbours", hidden: true },
        )
      : nothing("No other song is in the catalogue."),
  );
}

export function samplesSection(data) {
  const samples = Array.isArray(data.samples) ? data.samples : [];
  return section(
    "samples",
    "Nearest neighbours",
    "The songs that the model puts nearest to a song, as a listener gets them: 1 would be the same song, 0 has nothing in common. Read a few that you know.",
    samples.length > 0 ? el("div", { class: "samples" }, samples.map(sample)) : nothing("The catalogue is empty."),
  );
}
