// How good the recommendations are: methods compared, with intervals, and what the comparison left out.
import { el, nothing, section, table } from "./dom.mjs";
import { count, known, score, sentence, short, text, words } from "./format.mjs";
import { intervalChart } from "./intervals.mjs";
import { qualityTables } from "./quality.mjs";

/** What is known of the metrics, in the order to show them. `low`: less is better. */
const METRICS = {
  "recall@100": ["Recall@100", "the share of a playlist’s other songs that are among the first 100 recommended"],
  "recall@10": ["Recall@10", "the share of a playlist’s other songs that are among the first 10 recommended"],
  "ndcg@100": ["NDCG@100", "as recall at 100, but a song counts for more the earlier it is recommended"],
  r_precision: ["R-precision", "the share of right songs among as many as there are right ones"],
  "coverage@10": ["Coverage@10", "the share of the catalogue that is recommended to anyone at all"],
  "diversity@10": ["Diversity@10", "how unlike each other the ten recommended songs are"],
  "novelty@10": ["Novelty@10", "how seldom the ten songs stand in playlists, in bits: more is less known"],
  "duplicate_versions@10": [
    "Duplicates@10",
    "the share of the ten that are another version of a song already there: less is better",
  ],
};
/** Of these, more or less is not simply better. */
const NEITHER = new Set(["coverage@10", "diversity@10", "novelty@10", "duplicate_versions@10"]);

const title = (metric) => METRICS[metric]?.[0] ?? sentence(words(metric));

/** Our own recommender: "pulse", and its variants. */
const isOwn = (name) => name === "pulse";

/** Those that were shown other people's playlists: no fair race, but what could be had with such data. */
const hasLearned = (name) => /^(popularity|item_knn|ease)/.test(name);

/** An object's entries, of what may be anything. */
const entries = (value) => (value && typeof value === "object" ? Object.entries(value) : []);

const interval = (method, metric) => {
  const pair = method.ci95?.[metric];
  return Array.isArray(pair) && pair.length === 2 && pair.every(known) ? pair : undefined;
};

/** The metrics that any method has, the known ones first. */
function metricsOf(methods) {
  const there = new Set(methods.flatMap(([, method]) => Object.keys(method).filter((name) => known(method[name]))));
  return [
    ...Object.keys(METRICS).filter((name) => there.has(name)),
    ...[...there].filter((name) => !Object.hasOwn(METRICS, name)).sort(),
  ];
}

const digitsOf = (methods, metric) => (methods.some(([, method]) => Math.abs(method[metric]) >= 2) ? 2 : 3);

/** Tabs of metrics over one chart. */
function metricChart(methods, metrics) {
  const place = el("div");
  const show = (metric) =>
    place.replaceChildren(
      intervalChart({
        title: title(metric),
        note: METRICS[metric] && `${sentence(METRICS[metric][1])}. The bar is the 95% interval.`,
        digits: digitsOf(methods, metric),
        rows: methods.map(([name, method]) => ({
          name: text(method.label) || words(name),
          value: method[metric],
          interval: interval(method, metric),
          own: isOwn(name),
          learned: hasLearned(name),
        })),
      }),
    );
  const choices = metrics.map((metric, i) =>
    el(
      "label",
      {},
      el("input", { type: "radio", name: "metric", value: metric, checked: i === 0, onchange: () => show(metric) }),
      el("span", {}, title(metric)),
    ),
  );
  show(metrics[0]);
  return [el("fieldset", { class: "choices" }, el("legend", { class: "unseen" }, "Metric"), choices), place];
}

function methodTable(methods, metrics) {
  const best = Object.fromEntries(
    metrics
      .filter((metric) => !NEITHER.has(metric))
      .map((metric) => {
        const values = methods.map(([, method]) => method[metric]).filter(known);
        const [least, most] = [Math.min(...values), Math.max(...values)];
        // Where all are alike none is the best.
        return [metric, least === most ? undefined : most];
      }),
  );
  const cell = (method, metric) => {
    const value = method[metric];
    if (!known(value)) return "–";
    const digits = digitsOf(methods, metric);
    const pair = interval(method, metric);
    return [
      el(value === best[metric] ? "b" : "span", {}, score(value, digits)),
      pair && el("small", {}, `${score(pair[0], digits)}–${score(pair[1], digits)}`),
    ];
  };
  return table(
    "Every method and every metric. Bold is the best of its column; small, the 95% interval.",
    [{ title: "Method", head: true }, ...metrics.map((metric) => ({ title: title(metric), number: true }))],
    methods
      .toSorted(([, a], [, b]) => (b[metrics[0]] ?? -1) - (a[metrics[0]] ?? -1))
      .map(([name, method]) =>
        el(
          "tr",
          { class: isOwn(name) && "own" },
          el(
            "th",
            { scope: "row" },
            text(method.label) || words(name),
            hasLearned(name) && el("small", {}, "learned from playlists"),
          ),
          metrics.map((metric) => el("td", { class: "number" }, cell(method, metric))),
        ),
      ),
    { className: "methods" },
  );
}

/** What a difference looks like beside its interval. */
const signed = (value) => `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(3)}`;

function hiddenTable({ hidden, methods }) {
  if (!hidden) return null;
  const rows = entries(hidden.methods).flatMap(([name, method]) =>
    metricsOf([[name, method]])
      .filter((metric) => Array.isArray(method.drop?.[metric]))
      .map((metric) => {
        const [drop, low, high] = method.drop[metric];
        return [
          text(method.label) || text(methods?.[name]?.label) || words(name),
          title(metric),
          score(method[metric]),
          known(drop) ? signed(-drop) : "–",
          known(low) && known(high) ? `${signed(-high)} to ${signed(-low)}` : "–",
        ];
      }),
  );
  if (rows.length === 0) return null;
  return [
    el("h3", {}, `With ${text(hidden.modality)} hidden`),
    el(
      "p",
      {},
      `Of ${count(hidden.songs)} songs, drawn at random, everything of the kind “${text(hidden.modality)}” was hidden before they were placed among the others. That changes the ranking by so much:`,
    ),
    table(
      `Ranking with ${text(hidden.modality)} hidden`,
      [
        { title: "Method", head: true },
        { title: "Metric" },
        { title: "Value", number: true },
        { title: "Change", number: true },
        { title: "95% interval", number: true },
      ],
      rows,
      { hidden: true },
    ),
  ];
}

function spaceTable(spaces) {
  const found = entries(spaces);
  if (found.length === 0) return null;
  return [
    el("h3", {}, "The space itself"),
    el(
      "p",
      {},
      "Whether songs by one artist and of one genre are near each other, and whether some songs are everyone’s neighbour: skewed and few reachable is bad.",
    ),
    table(
      "Neighbourhoods in each space",
      [
        { title: "Space", head: true },
        { title: "Dimensions", number: true },
        { title: "Same artist, recall@10", number: true },
        { title: "Same genre@10", number: true },
        { title: "Skewness of hubs", number: true },
        { title: "Songs reachable", number: true },
        { title: "Largest hub", number: true },
      ],
      found.map(([name, space]) =>
        el(
          "tr",
          { class: isOwn(name) && "own" },
          el("th", { scope: "row" }, text(space.label) || words(name)),
          [
            short(space.dimensions),
            score(space["same_artist_recall@10"]),
            score(space["same_genre@10"]),
            score(space.hubness?.skewness, 2),
            score(space.hubness?.reachable),
            short(space.hubness?.largest),
          ].map((content) => el("td", { class: "number" }, content)),
        ),
      ),
      { hidden: true },
    ),
  ];
}

const leftOut = (list) =>
  Array.isArray(list) &&
  list.length > 0 && [
    el("h3", {}, "Left out"),
    el(
      "ul",
      { class: "plain" },
      list.map(({ method, why }) => el("li", {}, el("b", {}, words(method)), `: ${text(why)}`)),
    ),
  ];

const skipped = (evaluation) => {
  const parts = [
    [evaluation.skipped?.short, "too short"],
    [evaluation.skipped?.bad_lines, "not readable"],
  ].filter(([n]) => n > 0);
  return parts.length > 0 && ` Left aside: ${parts.map(([n, why]) => `${count(n)} ${why}`).join(", ")}.`;
};

export function evaluationSection(data) {
  const { evaluation } = data;
  const methods = entries(evaluation?.methods).filter(([, method]) => method && typeof method === "object");
  const metrics = metricsOf(methods);
  const seeds = evaluation?.protocol?.seeds;
  return section(
    "evaluation",
    "How well it recommends",
    metrics.length > 0
      ? [
          `Of ${count(evaluation.playlists)} playlists that people made, the first ${known(seeds) ? seeds : "few"} songs were given, and the others had to be found among ${count(evaluation.songs ?? data.songs)} songs. Two methods truly differ where their intervals do not touch.`,
          skipped(evaluation),
          methods.some(([name]) => hasLearned(name)) && [
            " Methods with a hollow dot have learned from ",
            evaluation.train_playlists > 0 ? `${count(evaluation.train_playlists)} other` : "other",
            " playlists; those with a full one know nothing but the songs.",
          ],
        ]
      : "What the model was measured to do, beside simpler methods.",
    metrics.length > 0
      ? [metricChart(methods, metrics), methodTable(methods, metrics)]
      : nothing(
          "This report has no ranking on playlists. ",
          el("code", {}, "playlistpulse evaluate --bundle DIR --playlists FILE --report report.html"),
          " adds it.",
        ),
    evaluation && [hiddenTable(evaluation), spaceTable(evaluation.spaces), leftOut(evaluation.left_out)],
    qualityTables(data),
  );
}
