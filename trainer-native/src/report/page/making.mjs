// How the bundle was made: enough to make it again.
import { el, facts, section, table } from "./dom.mjs";
import { bytes, count, known, percent, seconds, sentence, text, words } from "./format.mjs";

/** A setting of a recipe in words: lists and small objects on one line. */
function setting(value) {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map(setting).join(", ");
  if (value && typeof value === "object")
    return Object.entries(value)
      .map(([name, one]) => `${words(name)} ${setting(one)}`)
      .join(", ");
  return text(value);
}

function recipeTable(recipe) {
  const rows = Object.entries(recipe ?? {});
  if (rows.length === 0) return null;
  return el(
    "details",
    { class: "figures" },
    el("summary", {}, "The whole recipe"),
    table(
      "Settings of the training",
      [{ title: "Setting", head: true }, { title: "Value" }],
      rows.map(([name, value]) => [sentence(words(name)), setting(value)]),
      { hidden: true },
    ),
  );
}

function stageTable(stages) {
  const rows = (Array.isArray(stages) ? stages : []).filter((stage) => known(stage.seconds));
  if (rows.length === 0) return null;
  const whole = rows.reduce((sum, stage) => sum + stage.seconds, 0);
  return [
    el("h3", {}, "Time"),
    table(
      "Time of each stage",
      [
        { title: "Stage", head: true },
        { title: "Time", number: true },
        { title: "Share", number: true },
      ],
      [
        ...rows.map((stage) => [
          sentence(words(stage.name)),
          seconds(stage.seconds),
          percent(stage.seconds / (whole || 1)),
        ]),
        el(
          "tr",
          { class: "sum" },
          el("th", { scope: "row" }, "All together"),
          el("td", { class: "number" }, seconds(whole)),
          el("td", { class: "number" }, ""),
        ),
      ],
      { hidden: true },
    ),
  ];
}

function fileTable(files) {
  const rows = Array.isArray(files) ? files : [];
  if (rows.length === 0) return null;
  return [
    el("h3", {}, "The bundle’s files"),
    table(
      "Files, their size and the start of their SHA-256",
      [{ title: "Role", head: true }, { title: "Size", number: true }, { title: "SHA-256" }],
      rows.map((file) => [
        sentence(words(file.role)),
        bytes(file.bytes),
        el("code", {}, text(file.sha256).slice(0, 16)),
      ]),
      { hidden: true },
    ),
  ];
}

function shape(model) {
  const widths = [model?.inputs, ...(Array.isArray(model?.hidden) ? model.hidden : []), model?.dimensions].filter(
    known,
  );
  return widths.length > 1 ? `${widths.map(count).join(" → ")}, ${text(model.activation)}` : "";
}

export function makingSection(data) {
  const { generator = {}, data: source = {}, model = {}, encoder = {} } = data.manifest ?? {};
  return section(
    "making",
    "How it was made",
    "The same data, command and version give the same bundle again, to the bit.",
    facts([
      ["Command", generator.command && el("code", {}, text(generator.command))],
      ["Program", text(generator.program)],
      ["Seed", text(generator.seed)],
      ["Data", text(source.title)],
      ["Licence of the data", text(source.licence)],
      ["Attribution", text(source.attribution)],
      ["Source", text(source.source)],
      ["Model", [text(model.kind), shape(model) && `: ${shape(model)}`].filter(Boolean)],
      ["Lyrics encoder", [text(encoder.name), encoder.licence && ` (${text(encoder.licence)})`].filter(Boolean)],
    ]),
    recipeTable(model.training?.recipe),
    stageTable(data.stages),
    fileTable(data.manifest?.files),
  );
}
