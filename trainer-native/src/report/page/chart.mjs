// What all charts share: a figure with a caption, drawn as wide as there is room.
import { el } from "./dom.mjs";

/**
 * A figure whose chart `draw(width)` gives, anew when the width changes. `label` says what it shows to who cannot see it.
 */
export function chart({ title, note, label, draw, legend, table }) {
  const place = el("div", { class: "chart", role: "img", "aria-label": label });
  let drawn = 0;
  const redraw = (width) => {
    if (width < 40 || Math.abs(width - drawn) < 1) return;
    drawn = width;
    place.replaceChildren(...draw(width));
  };
  new ResizeObserver(([entry]) => redraw(Math.floor(entry.contentRect.width))).observe(place);
  return el(
    "figure",
    {},
    el("figcaption", {}, el("h3", {}, title), note && el("p", { class: "note" }, note)),
    legend,
    place,
    table,
  );
}

/** A list of what each colour stands for. `series`: {name, tone} */
export function legendOf(series) {
  return el(
    "ul",
    { class: "legend" },
    series.map(({ name, tone }) =>
      el("li", {}, el("span", { class: `key tone-${tone}`, "aria-hidden": "true" }), name),
    ),
  );
}
