import type { Recommender, Song } from "playlistpulse";

export const EXAMPLES = 8;

/** Well-known songs of many kinds; those that a catalogue has are offered as a way in. */
const KNOWN: readonly [title: string, artist: string][] = [
  ["ring of fire", "johnny cash"],
  ["rolling in the deep", "adele"],
  ["strange fruit", "billie holiday"],
  ["go your own way", "fleetwood mac"],
  ["pressure drop", "toots"],
  ["lullaby of birdland", "sarah vaughan"],
  ["you gots to chill", "epmd"],
  ["let it be", "beatles"],
  ["humble", "kendrick lamar"],
  ["bohemian rhapsody", "queen"],
  ["billie jean", "michael jackson"],
  ["jolene", "dolly parton"],
  ["redemption song", "bob marley"],
  ["feeling good", "nina simone"],
  ["respect", "aretha franklin"],
  ["superstition", "stevie wonder"],
  ["smells like teen spirit", "nirvana"],
  ["imagine", "john lennon"],
  ["creep", "radiohead"],
  ["georgia on my mind", "ray charles"],
];

/** Beginnings that nearly any catalogue answers, for one that has none of the songs above. */
const BEGINNINGS = ["love", "the", "a", "s", "m", "b", "c", "e", "i", "o"];

const plain = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");

/**
 * A few songs of this catalogue to begin with, found by searching: first as many genres as can be,
 * each artist once.
 */
export async function findExamples(recommender: Pick<Recommender, "search">): Promise<Song[]> {
  const found = await Promise.all(
    KNOWN.map(async ([title, artist]) => {
      const songs = await recommender.search(`${title} ${artist}`, 3);
      return songs.find(
        (song) => plain(song.title) === plain(title) && plain(song.artist).includes(plain(artist)),
      );
    }),
  );
  let songs = found.filter((song) => song !== undefined);
  if (songs.length < EXAMPLES) {
    const more = await Promise.all(BEGINNINGS.map((text) => recommender.search(text, 3)));
    songs = [...songs, ...more.flat()];
  }
  const artists = new Set<string>();
  const distinct = songs.filter((song) => {
    const isNew = !artists.has(song.artist);
    artists.add(song.artist);
    return isNew;
  });
  const genres = new Set<string | null>();
  const first: Song[] = [];
  const rest: Song[] = [];
  for (const song of distinct) {
    (genres.has(song.genre) ? rest : first).push(song);
    genres.add(song.genre);
  }
  return [...first, ...rest].slice(0, EXAMPLES);
}
