// What the bundle's own manifest says of its model: reconstruction of songs it was not trained with, and neighbourhoods.
import { el, figures, table } from "./dom.mjs";
import { count, known, score, sentence, short, words } from "./format.mjs";

const METHODS = { latent: "This model", pca: "PCA of the same width", features: "The raw features" };

/** One error per modality, of the model and of PCA: {name: {model, pca}} of an evaluation or of a manifest. */
function errors({ evaluation, manifest }) {
  const measured = evaluation?.reconstruction;
  const quality = manifest?.quality;
  const model = measured?.pulse?.by_modality ?? quality?.heldout_mse_by_modality ?? {};
  const pca = measured?.pca?.by_modality ?? quality?.pca_heldout_mse_by_modality ?? {};
  return Object.keys({ ...model, ...pca })
    .filter((name) => known(model[name]) || known(pca[name]))
    .map((name) => [sentence(words(name)), short(model[name]), short(pca[name])]);
}

function reconstruction(data) {
  const rows = errors(data);
  if (rows.length === 0) return null;
  const heldout = data.evaluation?.reconstruction ? null : data.manifest?.quality?.heldout_songs;
  return [
    el("h3", {}, "Reconstruction"),
    el(
      "p",
      {},
      "The model squeezes each song into a short vector and tries to get the song back from it. The mean squared error of that, ",
      known(heldout) && heldout > 0 ? `for ${count(heldout)} songs it was not trained with, ` : "",
      "is in standard deviations: 0 is perfect, 1 is no better than the average song. A small error alone makes no good recommendations.",
    ),
    table(
      "Mean squared error of each kind of information",
      [
        { title: "Kind", head: true },
        { title: "This model", number: true },
        { title: "PCA of the same width", number: true },
      ],
      rows,
      { hidden: true },
    ),
  ];
}

function neighbourhoods(quality) {
  const names = Object.keys(METHODS).filter(
    (name) => known(quality?.same_artist_recall_at_10?.[name]) || known(quality?.same_genre_at_10?.[name]),
  );
  if (names.length === 0) return null;
  return figures(
    "What the bundle’s manifest says of its neighbourhoods",
    table(
      `Among the ten nearest of ${count(quality.queries ?? 0)} songs`,
      [
        { title: "Space", head: true },
        { title: "Same artist, recall", number: true },
        { title: "Same genre, share", number: true },
      ],
      names.map((name) => [
        METHODS[name],
        score(quality.same_artist_recall_at_10?.[name]),
        score(quality.same_genre_at_10?.[name]),
      ]),
    ),
  );
}

function alone(quality) {
  const rows = Object.entries(quality?.one_modality_alone ?? {}).filter(([, one]) => known(one?.median_rank));
  if (rows.length === 0) return null;
  return figures(
    "When only one kind of information is known of a song",
    table(
      "How far from the song itself one lands who knows only a part of it",
      [
        { title: "Known", head: true },
        { title: "Songs", number: true },
        { title: "Median rank of the song", number: true },
        { title: "Found among 100", number: true },
        { title: "Same genre@10", number: true },
      ],
      rows.map(([name, one]) => [
        sentence(words(name)),
        count(one.songs ?? 0),
        short(one.median_rank),
        score(one.found_at_100),
        score(one.same_genre_at_10),
      ]),
    ),
  );
}

export function qualityTables(data) {
  const quality = data.manifest?.quality;
  return [reconstruction(data), data.evaluation?.spaces ? null : neighbourhoods(quality), alone(quality)];
}
