// The learning curves.
import { el, nothing, section } from "./dom.mjs";
import { count, known, seconds, sentence, words } from "./format.mjs";
import { lineChart } from "./lines.mjs";

/** What the trainer calls its stages, in words. */
const STAGES = {
  measured: "measuring run",
  final: "final run",
};
const stageName = (stage) => STAGES[stage] ?? words(stage);

const curve = (epochs, value) => epochs.map((line) => [line.epoch, value(line)]);
const hasAny = (points) => points.some(([, value]) => known(value));

function lossChart(stages) {
  const series = stages.flatMap(([stage, epochs]) =>
    [
      { name: `Training loss, ${stageName(stage)}`, points: curve(epochs, (line) => line.train_loss) },
      { name: `Validation loss, ${stageName(stage)}`, points: curve(epochs, (line) => line.validation_loss) },
    ].filter(({ points }) => hasAny(points)),
  );
  if (series.length === 0) return null;
  return lineChart({
    title: "Loss",
    note: "What training makes small. Validation songs are not trained with: when their loss stops falling, the model has learnt what it can.",
    series: series.map((one, i) => ({ ...one, tone: i + 1 })),
  });
}

/** Of the stage that has a validation: the error of each modality there. */
function modalityChart(stages) {
  const [, epochs] = stages.find(([, lines]) => lines.some((line) => line.validation_mse)) ?? [];
  if (!epochs) return null;
  const names = [...new Set(epochs.flatMap((line) => Object.keys(line.validation_mse ?? {})))];
  const series = names
    .map((name, i) => ({
      name: sentence(words(name)),
      tone: i + 1,
      points: curve(epochs, (line) => line.validation_mse?.[name]),
    }))
    .filter(({ points }) => hasAny(points));
  if (series.length === 0) return null;
  return lineChart({
    title: "Validation error by kind of information",
    note: "Mean squared error of getting a song back from its vector, in standard deviations.",
    series,
    logarithmic: true,
  });
}

function rateChart(stages) {
  const series = stages
    .map(([stage, epochs], i) => ({
      name: sentence(stageName(stage)),
      tone: i + 1,
      points: curve(epochs, (line) => line.learning_rate),
    }))
    .filter(({ points }) => hasAny(points));
  if (series.length === 0) return null;
  return lineChart({
    title: "Learning rate",
    note: "How large the steps of training are: small at first, then large, then small again to settle.",
    series,
    zero: true,
  });
}

function summary(stages) {
  return stages
    .map(([stage, epochs]) => {
      const time = epochs.reduce((sum, line) => sum + (known(line.seconds) ? line.seconds : 0), 0);
      const n = epochs.length;
      const best = epochs.reduce(
        (least, line) =>
          known(line.validation_loss) && !(line.validation_loss >= least?.validation_loss) ? line : least,
        undefined,
      );
      return [
        `${sentence(stageName(stage))}: ${count(n)} ${n === 1 ? "epoch" : "epochs"}`,
        time > 0 ? ` in ${seconds(time)}` : "",
        best ? `, the best was epoch ${best.epoch}` : "",
      ].join("");
    })
    .join(". ");
}

export function trainingSection(data) {
  const epochs = (Array.isArray(data.epochs) ? data.epochs : []).filter(({ epoch }) => known(epoch));
  const lead = "An epoch is one pass over all songs. The curves show what the model learnt in each.";
  if (epochs.length === 0)
    return section(
      "training",
      "Training",
      lead,
      nothing(
        "No learning curves are known. They are in the workspace: give it with ",
        el("code", {}, "--work DIR"),
        ".",
      ),
    );
  const stages = [...new Set(epochs.map(({ stage }) => stage))].map((stage) => [
    stage,
    epochs.filter((line) => line.stage === stage),
  ]);
  const both =
    stages.length > 1 &&
    " It is trained twice: once without some of the songs, to measure it with those, and once with all, to be used.";
  return section(
    "training",
    "Training",
    [lead, both, ` ${summary(stages)}.`],
    el("div", { class: "charts" }, [lossChart(stages), modalityChart(stages), rateChart(stages)]),
  );
}
