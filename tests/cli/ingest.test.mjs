// Real exports become catalogues: what each column is taken for, and a schema file that says otherwise.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { before, describe, test } from "node:test";
import { gz } from "./catalogue.mjs";
import { exportify, exportifyNames, facts, pandasTracks, python, pythonTracks, table } from "./exports.mjs";
import { assertDone, assertFailed, listing, run, runJson, temporary } from "./program.mjs";

const all = facts(240);
let directory;
before(async () => {
    directory = await temporary();
});

const place = (name) => path.join(directory, name);

async function saved(name, content) {
    await writeFile(place(name), content);
    return place(name);
}

/** What --dry-run says of a file, by column. */
async function looked(name, content, ...args) {
    const file = await saved(name, content);
    const answer = await runJson(["ingest", "--dry-run", file, "--json", ...args]);
    return {
        ...answer,
        file,
        of: Object.fromEntries(answer.columns.map((column) => [column.column, column])),
    };
}

/** The songs of a workspace, as stored. */
async function ingested(name, file, ...args) {
    const work = place(`${name}.work`);
    const result = assertDone(await run(["ingest", file, "--work", work, ...args]));
    const database = path.join(work, "songs.sqlite");
    const query = (sql) =>
        JSON.parse(execFileSync("sqlite3", ["-json", database, sql], { encoding: "utf8" }) || "[]");
    const songs = query(
        "SELECT song_id, title, artist, lead, genre, year, categorical FROM song ORDER BY id",
    );
    return {
        work,
        query,
        stderr: result.stderr,
        songs: songs.map((s) => ({ ...s, categorical: JSON.parse(s.categorical) })),
    };
}

const roles = (of, wanted) => {
    for (const [name, role] of Object.entries(wanted)) assert.equal(of[name]?.role, role, name);
};

describe("a library export", () => {
    test("each_column_is_taken_for_what_it_is", async () => {
        const { of, songs, columns } = await looked("library.csv", exportify(all));
        assert.equal(songs, 240);
        assert.deepEqual(
            columns.map((column) => column.column),
            exportifyNames,
        );
        roles(of, {
            "Track URI": "id",
            "Track Name": "title",
            "Artist Name(s)": "artist",
            "Release Date": "year",
            Genres: "genre",
            "Duration (ms)": "numerical",
            Popularity: "numerical",
            Explicit: "numerical",
            Energy: "numerical",
            Loudness: "numerical",
            Key: "numerical",
            Tempo: "numerical",
            Mode: "categorical",
            "Time Signature": "categorical",
            "Album Name": "ignored",
            "Added By": "ignored",
            "Added At": "ignored",
            "Record Label": "ignored",
        });
        assert.equal(of["Duration (ms)"].transform, "log");
        assert.equal(of["Duration (ms)"].unit, "ms");
        assert.equal(of.Loudness.transform, "none");
        assert.deepEqual([of.Key.transform, of.Key.period, of.Key.unknown], ["circular", 12, ["-1"]]);
        assert.deepEqual([of.Genres.multiple, of.Genres.separator], [true, ","]);
        assert.deepEqual([of["Artist Name(s)"].multiple, of["Artist Name(s)"].separator], [true, ";"]);
        for (const column of columns.filter((one) => one.role === "ignored"))
            assert.match(column.reason, /\w/);
        for (const column of columns) assert.match(column.use, /\w/);
    });

    test("gaps_and_ranges_are_counted_without_what_stands_for_nothing", async () => {
        const { of } = await looked("ranges.csv", exportify(all));
        const known = (value, none) => all.map(value).filter((one) => one !== none);
        const keys = known((s) => s.key, -1);
        assert.equal(of.Key.missing, (240 - keys.length) / 240);
        assert.deepEqual([of.Key.min, of.Key.max], [0, 11]);
        const tempos = known((s) => s.tempo, 0).sort((a, b) => a - b);
        assert.deepEqual([of.Tempo.min, of.Tempo.max], [tempos[0], tempos.at(-1)]);
        assert.equal(of.Tempo.missing, (240 - tempos.length) / 240);
        const half = tempos.length / 2;
        assert.ok(
            Math.abs(of.Tempo.median - (tempos[Math.ceil(half) - 1] + tempos[Math.floor(half)]) / 2) < 1e-9,
        );
        assert.equal(of.Genres.missing, all.filter((s) => s.genres.length === 0).length / 240);
        assert.equal(of.Genres.values, new Set(all.flatMap((s) => s.genres)).size);
        const years = all.map((s) => s.release_date);
        assert.deepEqual(
            [of["Release Date"].min, of["Release Date"].max],
            [Math.min(...years), Math.max(...years)],
        );
        assert.deepEqual([of.Explicit.min, of.Explicit.max], [0, 1]);
    });

    test("artists_and_genres_of_a_song_are_kept_and_the_first_leads", async () => {
        const { songs } = await ingested("library", await saved("kept.csv", exportify(all)));
        for (const [i, song] of songs.entries()) {
            assert.equal(song.artist, all[i].artists.join(", "));
            assert.equal(song.lead, all[i].artists[0]);
            assert.equal(song.genre, all[i].genres[0] ?? "");
            assert.equal(song.year, all[i].release_date);
            assert.deepEqual(song.categorical, [
                all[i].genres.join("\x1f"),
                String(all[i].mode),
                String(all[i].beats),
            ]);
        }
    });

    test("becomes_a_bundle_whose_model_knows_turns_and_lists", async () => {
        const file = await saved("bundle.csv", exportify(all));
        const out = place("library");
        const args = ["build", file, "--out", out, "--latent", "6", "--epochs", "3", "--seed", "2"];
        assertDone(await run(args));
        const info = await runJson(["info", "--bundle", out, "--json"]);
        assert.equal(info.songs, 240);
        const genres = all.map((s) => s.genres[0]).filter(Boolean);
        assert.deepEqual(new Set(info.genres.map((genre) => genre.name)), new Set(genres));
        const key = info.features.find((feature) => feature.name === "Key");
        assert.deepEqual([key.min, key.max], [0, 11]);
        const name = (await listing(out)).find((file) => file.startsWith("autoencoder."));
        const bytes = await readFile(path.join(out, name));
        const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString());
        const { version, numerical, categorical } = JSON.parse(header.__metadata__.preprocessor);
        assert.equal(version, 2);
        assert.deepEqual(
            numerical.find((feature) => feature.name === "Key"),
            { name: "Key", modality: "audio", transform: "circular", period: 12, weight: 1 },
        );
        const lists = categorical.filter((feature) => feature.multiple);
        assert.deepEqual(
            lists.map((feature) => feature.name),
            ["Genres"],
        );
        assert.deepEqual(new Set(lists[0].values), new Set(all.flatMap((s) => s.genres)));
        const answer = await runJson(["recommend", "--bundle", out, "--title", all[3].track_name, "--json"]);
        assert.equal(answer.results.length, 10);
    });
});

describe("tables of tracks", () => {
    test("lists_as_python_writes_them", async () => {
        const { of, file } = await looked("python.csv", pythonTracks(all));
        roles(of, {
            id: "id",
            name: "title",
            artists: "artist",
            id_artists: "ignored",
            release_date: "year",
            key: "numerical",
            explicit: "numerical",
            mode: "categorical",
            duration_ms: "numerical",
        });
        assert.equal(of.key.transform, "circular");
        const { songs } = await ingested("python", file);
        for (const [i, song] of songs.entries()) {
            assert.equal(song.artist, all[i].artists.join(", "));
            assert.equal(song.lead, all[i].artists[0]);
        }
    });

    test("an_index_without_a_name_and_words_for_truths", async () => {
        const { of } = await looked("pandas.csv", pandasTracks(all));
        roles(of, {
            "column 1": "ignored",
            track_id: "id",
            artists: "artist",
            track_name: "title",
            track_genre: "genre",
            album_name: "ignored",
            explicit: "numerical",
            key: "numerical",
        });
        assert.deepEqual([of.explicit.min, of.explicit.max], [0, 1]);
        assert.equal(of.track_genre.multiple, undefined);
    });

    const written = {
        python: (list) => python(list),
        json: (list) => JSON.stringify(list),
        commas: (list) => list.join(", "),
        semicolons: (list) => list.join(";"),
        bars: (list) => list.join("|"),
    };
    for (const [style, write] of Object.entries(written)) {
        test(`a_list_with_${style}_is_the_same_list`, async () => {
            const rows = all.map((s) => [s.i, s.track_name, s.artist_name, write(s.genres), s.energy]);
            const file = await saved(
                `${style}.csv`,
                table(["id", "title", "artist", "genres", "energy"], rows),
            );
            const { songs } = await ingested(style, file);
            for (const [i, song] of songs.entries())
                assert.deepEqual(song.categorical, [all[i].genres.join("\x1f")]);
        });
    }

    test("a_comma_in_a_title_or_in_the_name_of_one_artist_is_a_comma", async () => {
        const rows = all.map((s) => [
            s.i,
            `${s.track_name}, part ${s.i % 3}`,
            `${s.artist_name}, the`,
            s.genre,
            s.energy,
        ]);
        const file = await saved("names.csv", table(["id", "title", "artist", "genre", "energy"], rows));
        const { songs } = await ingested("names", file);
        for (const [i, song] of songs.entries()) {
            assert.equal(song.title, rows[i][1]);
            assert.equal(song.lead, rows[i][2]);
        }
    });

    test("decimal_commas_are_read_where_all_have_them", async () => {
        const comma = (value) => String(value).replace(".", ",");
        const text = [["id", "title", "artist", "energy", "valence"]]
            .concat(all.map((s) => [s.i, s.track_name, s.artist_name, comma(s.energy), comma(s.valence)]))
            .map((row) => row.join(";"))
            .join("\n");
        const { of } = await looked("commas-in-numbers.csv", text);
        roles(of, { energy: "numerical", valence: "numerical" });
        assert.equal(of.energy.max, Math.max(...all.map((s) => s.energy)));
    });
});

describe("a dry run", () => {
    test("says_the_same_of_a_file_a_gzip_and_the_standard_input", async () => {
        const text = exportify(all);
        const [plain, packed] = [await looked("same.csv", text), await looked("same.csv.gz", gz(text))];
        const input = await runJson(["ingest", "--dry-run", "-", "--json"], { input: gz(text) });
        assert.deepEqual(packed.columns, plain.columns);
        assert.deepEqual(input.columns, plain.columns);
        assert.match(input.csv, /standard input/);
    });

    test("writes_nothing", async () => {
        await mkdir(place("nothing"));
        const file = await saved("nothing/songs.csv", exportify(all));
        const result = assertDone(await run(["ingest", "--dry-run", file], { cwd: place("nothing") }));
        assert.deepEqual(await listing(place("nothing")), ["songs.csv"]);
        const lines = result.stdout.trimEnd().split("\n");
        assert.equal(lines.length, exportifyNames.length + 1);
        for (const [i, name] of exportifyNames.entries())
            assert.ok(lines[i + 1].startsWith(`${name} `), lines[i + 1]);
        assert.match(
            lines[exportifyNames.indexOf("Key") + 1],
            /numerical +audio +7\.9% +0 \.\. \d+ \.\. 11 +sine and cosine/,
        );
    });

    test("refuses_what_ingest_refuses", async () => {
        const file = await saved("ragged.csv", "id,title,artist,energy\n1,a,b,0.5\n2,c,d\n");
        assertFailed(await run(["ingest", "--dry-run", file]), 3, "ragged.csv", /line 3/);
        const nothing = await saved("titles.csv", "title,artist\na,b\nc,d\n");
        assertFailed(await run(["ingest", "--dry-run", nothing, "--json"]), 3, "titles.csv", /feature/);
    });

    test("its_options_go_with_it", async () => {
        const file = await saved("options.csv", exportify(all));
        for (const option of [["--json"], ["--write-schema", place("x.json")]])
            assertFailed(
                await run(["ingest", file, "--work", place("w"), ...option]),
                2,
                option[0],
                /--dry-run/,
            );
        assertFailed(await run(["ingest", file]), 2, /--work/, /--dry-run/);
    });
});

describe("a schema file", () => {
    test("written_by_a_dry_run_says_what_was_inferred", async () => {
        const first = await looked("written.csv", exportify(all), "--write-schema", place("written.json"));
        const schema = JSON.parse(await readFile(place("written.json"), "utf8"));
        assert.deepEqual(schema, first.schema);
        const again = await runJson([
            ...["ingest", "--dry-run", first.file, "--json", "--schema", place("written.json")],
        ]);
        assert.deepEqual(again.schema, first.schema);
        const inferred = await ingested("inferred", first.file);
        const told = await ingested("told", first.file, "--schema", place("written.json"));
        assert.deepEqual(told.songs, inferred.songs);
        const numbers = "SELECT hex(numerical) AS numbers FROM song ORDER BY id";
        assert.deepEqual(told.query(numbers), inferred.query(numbers));
    });

    test("overrides_what_would_be_inferred", async () => {
        const schema = {
            artist: { column: "Artist Name(s)", multiple: false },
            genre: null,
            numerical: [
                { column: "Release Date", label: "age", transform: "none" },
                { column: "Time Signature", transform: "circular", period: 4 },
                { column: "Energy", unknown: [1, "0.4893"] },
            ],
            categorical: [{ column: "Genres", separator: ",", modality: "taste" }, "Key"],
            year: null,
            ignore: ["Mode"],
        };
        const file = await saved("told.csv", exportify(all));
        const path = await saved("told.json", JSON.stringify(schema));
        const { columns } = await runJson(["ingest", "--dry-run", file, "--json", "--schema", path]);
        const of = Object.fromEntries(columns.map((column) => [column.column, column]));
        roles(of, {
            "Release Date": "numerical",
            "Time Signature": "numerical",
            Energy: "numerical",
            Genres: "categorical",
            Key: "categorical",
            Mode: "ignored",
            Valence: "ignored",
        });
        assert.equal(of["Release Date"].max, Math.max(...all.map((s) => s.release_date)));
        assert.equal(of["Time Signature"].period, 4);
        assert.equal(of.Genres.modality, "taste");
        assert.equal(of.Energy.max, Math.max(...all.map((s) => s.energy).filter((value) => value !== 1)));
        const { songs } = await ingested("overridden", file, "--schema", path);
        assert.equal(songs[1].lead, all[1].artists.join(";"));
        assert.equal(songs[1].genre, "");
        assert.equal(songs[1].year, 0);
    });

    test("leaves_out_later_songs_of_the_same_id_where_it_says_so", async () => {
        const file = await saved("twice.csv", exportify([...all, all[3], all[5]]));
        assertFailed(
            await run(["ingest", file, "--work", place("twice")]),
            3,
            /line 242/,
            /line 5\b/,
            /duplicates/,
        );
        const schema = await saved("twice.json", '{"duplicates": "first"}');
        const { songs, stderr } = await ingested("once", file, "--schema", schema);
        assert.deepEqual(
            songs.map((song) => song.song_id),
            all.map((s) => `spotify:track:${s.id}`),
        );
        assert.match(stderr, /line 242.*left out \(2 in all\)/);
    });

    const wrong = {
        no_json: ["{", /line 1/],
        no_object: ["[]", /object/],
        an_unknown_member: ['{"titel": "x"}', /titel/],
        an_unknown_detail: ['{"numerical": [{"column": "Energy", "hihg": "x"}]}', /hihg/],
        a_transform_nobody_knows: ['{"numerical": [{"column": "Energy", "transform": "sqrt"}]}', /transform/],
        a_turn_without_a_period: ['{"numerical": [{"column": "Key", "transform": "circular"}]}', /period/],
        a_period_without_a_turn: ['{"numerical": [{"column": "Key", "period": 12}]}', /circular/],
        a_period_of_nothing: [
            '{"numerical": [{"column": "Key", "transform": "circular", "period": 0}]}',
            /period/,
        ],
        a_separator_of_two_characters: ['{"genre": {"column": "Genres", "separator": "::"}}', /separator/],
        a_separator_nobody_sees: ['{"genre": {"column": "Genres", "separator": "\\u0001"}}', /separator/],
        unknown_that_is_no_list: ['{"numerical": [{"column": "Key", "unknown": -1}]}', /unknown/],
        duplicates_by_chance: ['{"duplicates": "random"}', /duplicates/],
        a_column_that_is_not_there: ['{"title": "Track"}', /"Track"/],
        a_column_twice: ['{"title": "Track Name", "artist": "Track Name"}', /twice/],
        an_object_without_a_column: ['{"genre": {"multiple": true}}', /column/],
    };
    for (const [name, [content, pattern]] of Object.entries(wrong)) {
        test(`with_${name}_is_refused`, async () => {
            const file = await saved("wrong.csv", exportify(all));
            const schema = await saved(`${name}.json`, content);
            const result = await run(["ingest", "--dry-run", file, "--schema", schema]);
            assertFailed(result, 3, `${name}.json`, pattern);
        });
    }
});
