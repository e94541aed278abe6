// Songs as other programs write them: an Exportify library, and track tables as data sets have them.
// All artists and titles are made up; the shapes are not.
import { songs } from "./catalogue.mjs";

/** Quotes what needs it. */
const cell = (value) => {
    const text = String(value ?? "");
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

export const table = (names, rows) =>
    [names, ...rows].map((row) => row.map(cell).join(",")).join("\n") + "\n";

const styles = {
    drift: ["ambient", "drone", "new age"],
    forge: ["metal", "hard rock", "punk"],
    glimmer: ["pop", "dance pop", "electro house"],
    hearth: ["folk", "bluegrass", "country"],
    velvet: ["soul", "neo soul", "jazz"],
};

/** What a streaming service would know of song `i`. */
export function facts(count, seed = 21) {
    return songs(count, seed).map((song, i) => {
        const genres = styles[song.genre].filter((_, k) => (i >> k) % 2 === 0 || k === i % 3);
        return {
            ...song,
            i,
            artists:
                i % 4 === 1 ? [song.artist_name, `The ${song.genre} Choir's "Guests"`] : [song.artist_name],
            genres: i % 11 === 5 ? [] : genres,
            id: `s${String((i * 7919) % 100003).padStart(6, "0")}x`,
            album: `${song.genre} years, vol. ${i % 9}`,
            date: i % 7 === 0 ? String(song.release_date) : `${song.release_date}-0${1 + (i % 9)}-1${i % 10}`,
            ms: 120000 + ((i * 9973) % 240000),
            key: i % 13 === 3 ? -1 : (i * 5) % 12,
            loudness: (-3 - ((i * 37) % 250) / 10).toFixed(3),
            mode: i % 3 ? 1 : 0,
            tempo: i % 17 === 4 ? 0 : song.tempo,
            beats: 3 + (i % 3 ? 1 : 0),
            popularity: (i * 29) % 101,
            explicit: i % 5 === 2,
        };
    });
}

export const exportifyNames = [
    "Track URI",
    "Track Name",
    "Album Name",
    "Artist Name(s)",
    "Release Date",
    "Duration (ms)",
    "Popularity",
    "Explicit",
    "Added By",
    "Added At",
    "Genres",
    "Record Label",
    "Danceability",
    "Energy",
    "Key",
    "Loudness",
    "Mode",
    "Speechiness",
    "Acousticness",
    "Instrumentalness",
    "Liveness",
    "Valence",
    "Tempo",
    "Time Signature",
];

/** A library or playlist as Exportify writes it. `between`: artists. */
export function exportify(all, { between = ";" } = {}) {
    const rows = all.map((s) => [
        `spotify:track:${s.id}`,
        s.track_name,
        s.album,
        s.artists.join(between),
        s.date,
        s.ms,
        s.popularity,
        s.explicit,
        "listener",
        `2023-0${1 + (s.i % 9)}-02T10:00:00Z`,
        s.genres.join(","),
        `${s.genre} records ${s.i}`,
        s.danceability,
        s.energy,
        s.key,
        s.loudness,
        s.mode,
        0.03 + (s.i % 40) / 100,
        s.acousticness,
        ((s.i * 31) % 97) / 100,
        0.1 + ((s.i * 7) % 50) / 100,
        s.valence,
        s.tempo,
        s.beats,
    ]);
    return table(exportifyNames, rows);
}

/** A list as Python prints it. */
export const python = (list) =>
    `[${list
        .map((text) =>
            text.includes("'") && !text.includes('"')
                ? `"${text}"`
                : `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`,
        )
        .join(", ")}]`;

/** A table of tracks with lists in Python's notation, and numbers for truths. */
export function pythonTracks(all) {
    const names = [
        "id",
        "name",
        "popularity",
        "duration_ms",
        "explicit",
        "artists",
        "id_artists",
        "release_date",
        "danceability",
        "energy",
        "key",
        "loudness",
        "mode",
        "acousticness",
        "valence",
        "tempo",
        "time_signature",
    ];
    const rows = all.map((s) => [
        s.id,
        s.track_name,
        s.popularity,
        s.ms,
        s.explicit ? 1 : 0,
        python(s.artists),
        python(s.artists.map((name) => `id of ${name}`)),
        s.date,
        s.danceability,
        s.energy,
        s.key,
        s.loudness,
        s.mode,
        s.acousticness,
        s.valence,
        s.tempo,
        s.beats,
    ]);
    return table(names, rows);
}

/** A table of tracks as pandas writes it: an index without a name, one genre a track. */
export function pandasTracks(all) {
    const names = [
        "",
        "track_id",
        "artists",
        "album_name",
        "track_name",
        "popularity",
        "duration_ms",
        "explicit",
        "danceability",
        "energy",
        "key",
        "loudness",
        "mode",
        "acousticness",
        "valence",
        "tempo",
        "time_signature",
        "track_genre",
    ];
    const rows = all.map((s) => [
        s.i,
        s.id,
        s.artists.join(";"),
        s.album,
        s.track_name,
        s.popularity,
        s.ms,
        s.explicit ? "True" : "False",
        s.danceability,
        s.energy,
        s.key,
        s.loudness,
        s.mode,
        s.acousticness,
        s.valence,
        s.tempo,
        s.beats,
        s.genre,
    ]);
    return table(names, rows);
}
