// Catalogues made up for the tests: songs of five made-up genres, each with a sound of its own, so
// that a model trained on them has something to find and a test knows what it should have found.
import { gzipSync } from "node:zlib";

/** mulberry32: the same numbers on every machine. */
export function random(seed) {
    let state = seed >>> 0;
    const next = () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let t = state;
        t = Math.imul(t ^ (t >>> 15), t | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
    return {
        next,
        below: (n) => Math.floor(next() * n),
        pick: (items) => items[Math.floor(next() * items.length)],
        normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    };
}

const sounds = {
    drift: { danceability: 0.3, energy: 0.2, acousticness: 0.8, valence: 0.4, tempo: 80 },
    forge: { danceability: 0.4, energy: 0.9, acousticness: 0.05, valence: 0.3, tempo: 150 },
    glimmer: { danceability: 0.8, energy: 0.7, acousticness: 0.1, valence: 0.8, tempo: 122 },
    hearth: { danceability: 0.55, energy: 0.4, acousticness: 0.9, valence: 0.7, tempo: 100 },
    velvet: { danceability: 0.65, energy: 0.45, acousticness: 0.4, valence: 0.5, tempo: 92 },
};
export const genres = Object.keys(sounds);

const adjectives = (
    "amber brittle crooked distant early faint golden hollow idle jagged kindly lonely mellow narrow " +
    "open paper quiet restless silver tangled upward vacant wooden yellow"
).split(" ");
const nouns = (
    "anchor bridge candle desert engine feather garden harbour island journey kettle lantern mirror " +
    "needle orchard pillow river shadow tunnel umbrella valley window zeppelin meadow"
).split(" ");
const places = "at dawn,in winter,by the sea,on sunday,after rain,under glass,past noon".split(",");

export const columns = [
    "song_id",
    "artist_name",
    "track_name",
    "release_date",
    "genre",
    "danceability",
    "energy",
    "acousticness",
    "valence",
    "tempo",
];

/** `count` songs, no two with the same title; an artist keeps to one genre. */
export function songs(count, seed = 1) {
    const rng = random(seed);
    const clamp = (value) => Math.min(1, Math.max(0, value));
    const artists = Math.max(3, Math.floor(count / 6));
    const titles = new Set();
    const rows = [];
    for (let i = 0; i < count; ++i) {
        const artist = rng.below(artists);
        const genre = genres[artist % genres.length];
        const sound = sounds[genre];
        let title = "";
        for (let turn = 0; title === "" || titles.has(title); ++turn) {
            title = `${rng.pick(adjectives)} ${rng.pick(nouns)}`;
            if (rng.next() < 0.6) title += ` ${rng.pick(places)}`;
            if (turn > 20) title += ` ${i}`;
        }
        titles.add(title);
        const near = (name) => Number(clamp(sound[name] + 0.08 * rng.normal()).toFixed(4));
        rows.push({
            song_id: i,
            artist_name: `the ${adjectives[artist % adjectives.length]} ${
                nouns[Math.floor(artist / adjectives.length) % nouns.length]
            }s`,
            track_name: title,
            release_date: 1960 + rng.below(60),
            genre,
            danceability: near("danceability"),
            energy: near("energy"),
            acousticness: near("acousticness"),
            valence: near("valence"),
            tempo: Number((sound.tempo + 6 * rng.normal()).toFixed(2)),
        });
    }
    return rows;
}

const field = (value) => {
    const text = value === null || value === undefined ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** RFC 4180 text of the rows. */
export function csv(rows, { names = columns, eol = "\n", bom = false } = {}) {
    const lines = [names, ...rows.map((row) => names.map((name) => row[name]))];
    return (bom ? "\ufeff" : "") + lines.map((line) => line.map(field).join(",") + eol).join("");
}

export const gz = (text) => gzipSync(Buffer.from(text));
