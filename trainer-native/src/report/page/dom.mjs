// Elements from text. Everything that comes from the data goes through textContent: it is never read as markup.

const SVG = "http://www.w3.org/2000/svg";

/** Sets attributes; "on..." are listeners, false and undefined leave out, true is the empty attribute. */
function setAttributes(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
}

function fill(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

/** An element: el("p", { class: "note" }, "text", anotherElement). */
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  setAttributes(node, attributes);
  return fill(node, children);
}

/** The same in SVG. */
export function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, name);
  setAttributes(node, attributes);
  return fill(node, children);
}

let names = 0;

/** An id that nothing else on the page has. */
export function freshId(kind) {
  names += 1;
  return `${kind}-${names}`;
}

/** A section with its heading and a sentence of what it shows. */
export function section(id, title, lead, ...children) {
  return el(
    "section",
    { id, "aria-labelledby": `${id}-title` },
    el("h2", { id: `${id}-title` }, title),
    el("p", { class: "lead" }, lead),
    children,
  );
}

/** What a section says where there is nothing to show: why, and what to do. */
export function nothing(...children) {
  return el("p", { class: "nothing" }, children);
}

/**
 * A table. `columns`: {title, number?: aligned right, head?: names its row}; `rows`: lists of text or elements. A wide one
 * scrolls by itself, and by the keyboard.
 */
export function table(caption, columns, rows, { className, hidden = false } = {}) {
  const cell = (content, column) =>
    column.head
      ? el("th", { scope: "row", class: column.number && "number" }, content)
      : el("td", { class: column.number && "number" }, content);
  return el(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    el(
      "table",
      { class: className },
      el("caption", { class: hidden && "unseen" }, caption),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          columns.map((column) => el("th", { scope: "col", class: column.number && "number" }, column.title)),
        ),
      ),
      el(
        "tbody",
        {},
        rows.map((row) =>
          row instanceof Node
            ? row
            : el(
                "tr",
                {},
                row.map((content, i) => cell(content, columns[i])),
              ),
        ),
      ),
    ),
  );
}

/** The figures of a chart, for who cannot see it and for who wants them exactly. */
export function figures(summary, content) {
  return el("details", { class: "figures" }, el("summary", {}, summary), content);
}

/** A list of names and values. */
export function facts(pairs) {
  return el(
    "dl",
    { class: "facts" },
    pairs
      .filter(([, value]) => value !== undefined && value !== null && value !== "")
      .map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
  );
}
