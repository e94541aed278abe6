// A catalogue of any size, made up: node tests/bench/scale/generate.mjs ROWS [SEED] > songs.csv
//
// The columns are those of a library export: ids of 22 characters, several artists in a cell, lists of genres, dates,
// durations in ms, loudness in dB, a key that may be unknown. Artists are few and have many songs, or many and have
// one, as they are; each has a sound, so that there is something to learn. The same arguments give the same bytes.
import { fileURLToPath } from "node:url";
import { once } from "node:events";
import process from "node:process";

/** mulberry32, as tests/cli/catalogue.mjs has it; it gives a number from 0 to below 1. */
function random(seed) {
    let state = seed >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let t = state;
        t = Math.imul(t ^ (t >>> 15), t | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}

const syllables =
    "ba be bi bo bu da de di do du ka ke ki ko ku la le li lo lu ma me mi mo mu ra re ri ro ru".split(" ");
const styles = Array.from(
    { length: 400 },
    (_, i) =>
        `${syllables[i % 30]}${syllables[Math.floor(i / 30)]} ${["rock", "pop", "jazz", "folk", "house"][i % 5]}`,
);
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** What a number stands for, the same wherever it comes up. */
const word = (n, count) => {
    let text = "";
    for (let i = 0, rest = n; i < count; ++i) {
        text += syllables[rest % 30];
        rest = Math.floor(rest / 30) + 7 * i;
    }
    return text;
};

export const columns = [
    "id",
    "name",
    "album",
    "artists",
    "release_date",
    "duration_ms",
    "popularity",
    "explicit",
    "genres",
    "danceability",
    "energy",
    "key",
    "loudness",
    "mode",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "liveness",
    "valence",
    "tempo",
    "time_signature",
];

/** Yields the CSV in pieces of about a megabyte. */
export function* generate(rows, seed = 1) {
    const next = random(seed);
    const below = (n) => Math.floor(next() * n);
    const normal = () => next() + next() + next() + next() - 2; // close enough, and quick
    const share = (mean) => Math.min(1, Math.max(0, mean + 0.16 * normal())).toFixed(4);
    const artists = Math.max(3, Math.floor(rows / 8));
    let part = columns.join(",") + "\n";
    for (let row = 0; row < rows; ++row) {
        const artist = Math.floor(artists * next() ** 3);
        const sound = random(artist + 1);
        const style = Math.floor(400 * sound() ** 2);
        const base = [sound(), sound(), sound(), sound(), sound()];
        const genres = [
            styles[style],
            ...(next() < 0.6 ? [styles[(style * 3 + 1) % 400]] : []),
            ...(next() < 0.3 ? [styles[(style + 5) % 400]] : []),
        ];
        const guests = next() < 0.15 ? [`${word(below(artists), 3)} band`] : [];
        let id = "";
        for (let i = 0, left = row * 2654435761 + seed; i < 22; ++i) {
            id += alphabet[left % 62];
            left = i % 3 === 2 ? below(2 ** 31) : Math.floor(left / 62);
        }
        const title = `${word(below(27000), 3)} ${word(below(27000), 2)}${next() < 0.3 ? ` ${word(below(900), 2)}` : ""}`;
        const year = 1950 + Math.floor(72 * Math.sqrt(next()));
        const date = next() < 0.2 ? `${year}` : `${year}-0${1 + below(9)}-${10 + below(18)}`;
        const gap = next() < 0.04; // a song that was never analysed
        const audio = gap
            ? ",,,,,,,,,"
            : [
                  share(base[0]),
                  share(base[1]),
                  next() < 0.02 ? -1 : below(12),
                  (-4 - 12 * (1 - base[1]) + 2 * normal()).toFixed(3),
                  next() < 0.6 ? 1 : 0,
                  share(0.1),
                  share(base[2]),
                  share(base[3] * 0.3),
                  share(0.2),
                  share(base[4]),
              ].join(",");
        part +=
            `${id},${title},"${word(artist * 5 + (row % 4), 3)}, vol. ${1 + (row % 4)}",` +
            `"['${[`the ${word(artist, 4)}s`, ...guests].join("', '")}']",${date},${Math.round(60000 + 360000 * next() ** 1.5)},` +
            `${Math.floor(100 * next() ** 2)},${next() < 0.1 ? "True" : "False"},"${genres.join(", ")}",${audio},` +
            `${gap ? "," : `${next() < 0.01 ? 0 : (70 + 90 * base[0] + 8 * normal()).toFixed(3)},${next() < 0.9 ? 4 : 3}`}\n`;
        if (part.length > 1 << 20) {
            yield part;
            part = "";
        }
    }
    yield part;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const [rows, seed = "1"] = process.argv.slice(2);
    if (!/^[1-9]\d*$/.test(rows ?? "") || !/^\d+$/.test(seed)) {
        process.stderr.write("usage: node generate.mjs ROWS [SEED] > songs.csv\n");
        process.exit(2);
    }
    for (const part of generate(Number(rows), Number(seed)))
        if (!process.stdout.write(part)) await once(process.stdout, "drain");
}
