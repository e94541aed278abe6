// The map of the latent space: every song a point, drawn on a canvas that zooms and pans.
import { el, figures, nothing, section, table } from "./dom.mjs";
import { count, known, percent, score } from "./format.mjs";
import { readPoints } from "./points.mjs";

const TONES = 8; // the palette's colours; what comes after shares one more
const MOST_ZOOM = 60;

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** The palette as the canvas needs it, in the theme of now. */
function palette() {
  const style = getComputedStyle(document.documentElement);
  const tones = Array.from({ length: TONES }, (_, i) => style.getPropertyValue(`--tone-${i + 1}`).trim());
  return { tones, other: style.getPropertyValue("--tone-other").trim(), ink: style.getPropertyValue("--ink").trim() };
}

/** The canvas with its view: which part of the map it shows, and what it draws. */
function drawing(points) {
  const canvas = el("canvas", {
    tabindex: 0,
    role: "application",
    "aria-label":
      "Map of the songs. Arrow keys move it, plus and minus zoom, zero shows all of it. The song nearest to the middle is read out.",
  });
  const view = { x: 0.5, y: 0.5, zoom: 1, genre: -1, marked: -1, cross: false };
  let size = { width: 0, height: 0 };
  let waiting = false;

  const side = () => Math.min(size.width, size.height) * 0.96 * view.zoom;
  const toScreen = (i) => [
    size.width / 2 + (points.x[i] - view.x) * side(),
    size.height / 2 + (points.y[i] - view.y) * side(),
  ];
  const toMap = (left, top) => [view.x + (left - size.width / 2) / side(), view.y + (top - size.height / 2) / side()];
  const shows = (i) => view.genre < 0 || points.genres[i] === view.genre;

  function paint() {
    waiting = false;
    const context = canvas.getContext("2d");
    const ratio = Math.min(3, window.devicePixelRatio || 1);
    canvas.width = Math.round(size.width * ratio);
    canvas.height = Math.round(size.height * ratio);
    context.scale(ratio, ratio);
    const colours = palette();
    // A dense map needs small points, a close view larger ones.
    const crowd = Math.sqrt((size.width * size.height) / Math.max(1, points.count));
    const radius = clamp(crowd * 0.28 * Math.sqrt(view.zoom), 0.7, 5);
    const isSquare = radius < 1.6;
    const draw = (i, shade) => {
      const [left, top] = toScreen(i);
      if (left < -6 || top < -6 || left > size.width + 6 || top > size.height + 6) return;
      context.fillStyle = shade ? colours.other : (colours.tones[points.genres[i]] ?? colours.other);
      if (isSquare) {
        context.fillRect(left - radius, top - radius, radius * 2, radius * 2);
        return;
      }
      context.beginPath();
      context.arc(left, top, radius, 0, 2 * Math.PI);
      context.fill();
    };
    if (view.genre >= 0) {
      context.globalAlpha = 0.16;
      for (const i of points.order) if (!shows(i)) draw(i, true);
    }
    context.globalAlpha = points.count > 3000 ? 0.72 : 0.9;
    for (const i of points.order) if (shows(i)) draw(i, false);
    context.globalAlpha = 1;
    context.strokeStyle = colours.ink;
    context.lineWidth = 2;
    if (view.marked >= 0) {
      const [left, top] = toScreen(view.marked);
      context.beginPath();
      context.arc(left, top, radius + 4, 0, 2 * Math.PI);
      context.stroke();
    }
    if (view.cross) {
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(size.width / 2 - 8, size.height / 2);
      context.lineTo(size.width / 2 + 8, size.height / 2);
      context.moveTo(size.width / 2, size.height / 2 - 8);
      context.lineTo(size.width / 2, size.height / 2 + 8);
      context.stroke();
    }
  }

  const repaint = () => {
    if (waiting || size.width === 0) return;
    waiting = true;
    requestAnimationFrame(paint);
  };
  new ResizeObserver(([entry]) => {
    size = { width: entry.contentRect.width, height: entry.contentRect.height };
    repaint();
  }).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);

  return {
    canvas,
    view,
    repaint,
    toScreen,
    /** The song under a place on the canvas, or -1. */
    songAt(left, top, pixels = 12) {
      const [x, y] = toMap(left, top);
      return points.nearest(x, y, pixels / side(), shows);
    },
    middle() {
      for (let reach = 40 / side(); reach < 2; reach *= 3) {
        const found = points.nearest(view.x, view.y, reach, shows);
        if (found >= 0) return found;
      }
      return -1;
    },
    pan(byX, byY) {
      view.x = clamp(view.x - byX / side(), 0, 1);
      view.y = clamp(view.y - byY / side(), 0, 1);
      repaint();
    },
    /** Zooms so that the place stays where it is. */
    zoom(factor, left = size.width / 2, top = size.height / 2) {
      const [x, y] = toMap(left, top);
      view.zoom = clamp(view.zoom * factor, 1, MOST_ZOOM);
      view.x = clamp(x - (left - size.width / 2) / side(), 0, 1);
      view.y = clamp(y - (top - size.height / 2) / side(), 0, 1);
      repaint();
    },
    reset() {
      Object.assign(view, { x: 0.5, y: 0.5, zoom: 1 });
      repaint();
    },
  };
}

/** Pointers: one drags, two pinch, the wheel zooms once the map has the focus or with Ctrl. */
function listen(map, { point, leave }) {
  const { canvas } = map;
  const down = new Map();
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  canvas.addEventListener("pointerdown", (event) => {
    down.set(event.pointerId, place(event));
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const [left, top] = place(event);
    const before = down.get(event.pointerId);
    if (!before) {
      point(left, top);
      return;
    }
    const others = [...down].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    down.set(event.pointerId, [left, top]);
    if (others.length === 1) {
      const [[x, y]] = others;
      const apart = (from) => Math.hypot(from[0] - x, from[1] - y) || 1;
      map.zoom(apart([left, top]) / apart(before), (left + x) / 2, (top + y) / 2);
    } else if (others.length === 0) {
      leave();
      map.pan(left - before[0], top - before[1]);
    }
  });
  const release = (event) => {
    const at = down.get(event.pointerId);
    down.delete(event.pointerId);
    if (at && event.type === "pointerup") point(...at);
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("pointerleave", () => {
    if (down.size === 0) leave();
  });
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && document.activeElement !== canvas) return;
      event.preventDefault();
      map.zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0022)), ...place(event));
    },
    { passive: false },
  );
}

/** The keyboard's way: the map moves under a cross, and the song there is said. */
function listenToKeys(map, say) {
  const steps = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
  const zooms = { "+": 1.5, "=": 1.5, "-": 1 / 1.5, _: 1 / 1.5 };
  map.canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (steps[event.key]) map.pan(...steps[event.key]);
    else if (zooms[event.key]) map.zoom(zooms[event.key]);
    else if (event.key === "0") map.reset();
    else return;
    event.preventDefault();
    map.view.cross = true;
    say(map.middle());
  });
  map.canvas.addEventListener("blur", () => {
    map.view.cross = false;
    map.view.marked = -1;
    map.repaint();
  });
}

function genreButtons(genres, map) {
  const buttons = genres.slice(0, TONES).map(({ name, songs }, i) =>
    el(
      "button",
      {
        type: "button",
        "aria-pressed": "false",
        onclick: () => {
          map.view.genre = map.view.genre === i ? -1 : i;
          for (const [n, button] of buttons.entries())
            button.setAttribute("aria-pressed", String(n === map.view.genre));
          map.repaint();
        },
      },
      el("span", { class: `key tone-${i + 1}`, "aria-hidden": "true" }),
      name,
      el("small", {}, count(songs)),
    ),
  );
  const rest = genres.slice(TONES).reduce((sum, { songs }) => sum + songs, 0);
  return el(
    "div",
    { class: "genres", role: "group", "aria-label": "Show one genre alone" },
    buttons,
    rest > 0 &&
      el(
        "span",
        { class: "others" },
        el("span", { class: "key tone-other", "aria-hidden": "true" }),
        "other genres",
        el("small", {}, count(rest)),
      ),
  );
}

/** How well the map keeps neighbourhoods, where the bundle says it. */
function trust(quality) {
  const value = quality?.trustworthiness;
  if (!known(value)) return null;
  const neighbours = quality.neighbours ?? 15;
  return `Its trustworthiness at ${neighbours} neighbours is ${score(value)}: of 1 where every neighbour on the map is one in the space, too.`;
}

function atlas(data) {
  const points = readPoints(data.map);
  const map = drawing(points);
  const { genres } = data.map;
  const tip = el("p", { class: "tip", hidden: true, "aria-hidden": "true" });
  const said = el("p", { class: "unseen", role: "status" });
  const describe = (i) => [points.title(i), points.artist(i), genres[points.genres[i]]?.name].filter(Boolean);

  const leave = () => {
    tip.hidden = true;
    if (map.view.marked >= 0 && !map.view.cross) {
      map.view.marked = -1;
      map.repaint();
    }
  };
  const mark = (i) => {
    if (i < 0) {
      leave();
      return;
    }
    const [title, artist, genre] = describe(i);
    tip.replaceChildren(el("b", {}, title), el("span", {}, [artist, genre].filter(Boolean).join(" · ")));
    tip.hidden = false;
    map.view.marked = i;
    map.repaint();
    const [left, top] = map.toScreen(i);
    const room = map.canvas.clientWidth;
    const x = clamp(left - tip.offsetWidth / 2, 4, Math.max(4, room - tip.offsetWidth - 4));
    const above = top - tip.offsetHeight - 12;
    tip.style.transform = `translate(${x}px, ${above > 4 ? above : top + 14}px)`;
  };
  listen(map, { point: (left, top) => mark(map.songAt(left, top)), leave });
  listenToKeys(map, (i) => {
    mark(i);
    said.textContent = i < 0 ? "No song here" : describe(i).join(", ");
    map.repaint();
  });

  const button = (label, sign, action) =>
    el("button", { type: "button", "aria-label": label, title: label, onclick: action }, sign);
  return el(
    "div",
    { class: "atlas" },
    genreButtons(genres, map),
    el(
      "div",
      { class: "ground" },
      map.canvas,
      tip,
      el(
        "div",
        { class: "zoom" },
        button("Zoom in", "+", () => map.zoom(1.6)),
        button("Zoom out", "−", () => map.zoom(1 / 1.6)),
        button("Show the whole map", "⤢", () => map.reset()),
      ),
    ),
    said,
    el(
      "p",
      { class: "note" },
      "Point at a song to see what it is. Drag to move; the buttons, a pinch, or the wheel with Ctrl zoom. A genre’s button shows it alone.",
    ),
    figures(
      "The figures",
      table(
        "Songs on the map by genre",
        [
          { title: "Genre", head: true },
          { title: "Songs", number: true },
          { title: "Share", number: true },
        ],
        genres.map(({ name, songs }) => [name, count(songs), percent(songs / data.map.songs)]),
        { hidden: true },
      ),
    ),
  );
}

export function mapSection(data) {
  const lead =
    "Each point is a song. Songs that the model finds alike lie near each other; the axes mean nothing by themselves.";
  if (!data.map)
    return section(
      "map",
      "The map",
      lead,
      nothing(
        "This bundle has no map: it was exported by an earlier version, or without one. ",
        el("code", {}, "playlistpulse export"),
        " makes one.",
      ),
    );
  const sampled = data.map.points < data.map.songs;
  return section(
    "map",
    "The map",
    [
      lead,
      " ",
      trust(data.manifest?.quality?.map),
      sampled &&
        ` To keep this page small it shows ${count(data.map.points)} of the ${count(data.map.songs)} songs, spread evenly over the catalogue.`,
    ],
    atlas(data),
  );
}
