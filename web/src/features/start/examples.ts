import type { Recommender, Song } from "playlistpulse";

export const EXAMPLES = 8;

/**
 * Well-known songs of many kinds and times; those that a catalogue has are offered as a way in, the
 * first of them first.
 */
export const KNOWN: readonly (readonly [title: string, artist: string])[] = [
  ["let it be", "the beatles"],
  ["ring of fire", "johnny cash"],
  ["rolling in the deep", "adele"],
  ["buffalo soldier", "bob marley"],
  ["i'd rather go blind", "etta james"],
  ["the next episode", "dr. dre"],
  ["lullaby of birdland", "sarah vaughan"],
  ["heart-shaped box", "nirvana"],
  ["stand by me", "ben e. king"],
  ["should i stay or should i go", "the clash"],
  ["good vibrations", "the beach boys"],
  ["strange fruit", "billie holiday"],
  ["go your own way", "fleetwood mac"],
  ["pressure drop", "toots"],
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
  ["georgia on my mind", "ray charles"],
];

/**
 * What titles are full of, for a catalogue that has too few of the songs above. The last ones are in
 * titles of nearly any language.
 */
const WORDS = ["night", "heart", "dance", "rain", "home", "blue", "sun", "world", "a", "e", "o", "s"];
const DEEP = 12;

const plain = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");

type Searcher = Pick<Recommender, "search">;

async function known(recommender: Searcher, wanted: typeof KNOWN): Promise<Song[]> {
  const found = await Promise.all(
    wanted.map(async ([title, artist]) => {
      const songs = await recommender.search(`${title} ${artist}`, 3);
      return songs.find(
        (song) => plain(song.title) === plain(title) && plain(song.artist).includes(plain(artist)),
      );
    }),
  );
  return found.filter((song) => song !== undefined);
}

/** Any songs, one for each word in turn: rather those with more in their title than the word. */
async function any(recommender: Searcher): Promise<Song[]> {
  const found = await Promise.all(
    WORDS.map(async (word) => {
      const songs = await recommender.search(word, DEEP);
      const telling = songs.filter((song) => plain(song.title).length > word.length + 3);
      return [...telling, ...songs.filter((song) => !telling.includes(song))];
    }),
  );
  const turns = Array.from({ length: DEEP }, (_, turn) => found.map((songs) => songs[turn]));
  return turns.flat().filter((song) => song !== undefined);
}

/** Each artist once; a genre for the second time only after all genres had their turn. */
function varied(songs: readonly Song[]): Song[] {
  const artists = new Set<string>();
  const genres = new Set<string | null>();
  const first: Song[] = [];
  const rest: Song[] = [];
  for (const song of songs) {
    if (artists.has(song.artist)) continue;
    artists.add(song.artist);
    (genres.has(song.genre) ? rest : first).push(song);
    genres.add(song.genre);
  }
  return [...first, ...rest].slice(0, EXAMPLES);
}

/** A few songs of this catalogue to begin with, found by searching. */
export async function findExamples(recommender: Searcher): Promise<Song[]> {
  // Most often the first few are all there, and the engine is free for the listener again.
  let songs = await known(recommender, KNOWN.slice(0, EXAMPLES));
  if (songs.length < EXAMPLES) songs = [...songs, ...(await known(recommender, KNOWN.slice(EXAMPLES)))];
  const picked = varied(songs);
  if (picked.length >= EXAMPLES) return picked;
  // Those that are known stay in front.
  const artists = new Set(picked.map((song) => song.artist));
  const others = (await any(recommender)).filter((song) => !artists.has(song.artist));
  return [...picked, ...varied(others)].slice(0, EXAMPLES);
}
