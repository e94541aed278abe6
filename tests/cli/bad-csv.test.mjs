// Every way a CSV can be wrong, and the ways that look wrong and are not.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { before, describe, test } from "node:test";
import { columns, csv, gz, songs } from "./catalogue.mjs";
import { assertDone, assertFailed, exists, listing, programs, run, runJson, temporary } from "./program.mjs";

const rows = songs(60, 11);
const lines = csv(rows).split("\n"); // lines[0] is the header, line 1 of the file

/** The good file with one line replaced. `line`: as an editor counts, from 1. */
function withLine(line, text) {
    const copy = [...lines];
    copy[line - 1] = text;
    return copy.join("\n");
}

/** The good file with one field of one line replaced, as it stands. */
function withField(line, name, text) {
    const fields = lines[line - 1].split(",");
    fields[columns.indexOf(name)] = text;
    return withLine(line, fields.join(","));
}

const line = (n) => new RegExp(`(:${n}:|\\bline ${n}\\b)`);
const column = (name) => new RegExp(`\\b${name}\\b|\\bcolumn ${columns.indexOf(name) + 1}\\b`);
const bytes = (text) => Buffer.from(text, "latin1");

const bad = {
    empty: ["", /empty|no header|header/i],
    only_a_byte_order_mark: [Buffer.from("\ufeff"), /empty|header/i],
    a_header_and_no_songs: [lines[0] + "\n", /no (songs|rows)/i],
    blank_lines_only: ["\n\n\n", /empty|header|column/i],
    no_title_column: [csv(rows, { names: columns.filter((name) => name !== "track_name") }), /title/],
    no_artist_column: [csv(rows, { names: columns.filter((name) => name !== "artist_name") }), /artist/],
    no_numerical_column: [
        csv(rows, { names: ["song_id", "artist_name", "track_name"] }),
        /feature|numer|column/i,
    ],
    a_column_twice: [csv(rows, { names: [...columns, "energy"] }), /energy/, line(1)],
    a_row_with_a_field_too_few: [
        withLine(7, lines[6].split(",").slice(0, -1).join(",")),
        line(7),
        /\b9\b/,
        /\b10\b/,
    ],
    a_row_with_a_field_too_many: [withLine(31, lines[30] + ",1"), line(31), /\b11\b/, /\b10\b/],
    a_ragged_row_after_a_field_of_three_lines: [
        withLine(5, lines[4].replace(/^(\d+,)([^,]*)/, '$1"one\ntwo\nthree"')).replace(lines[9], "1,2"),
        line(12),
    ],
    a_quote_that_never_closes: [withField(9, "track_name", '"open'), line(9), column("track_name")],
    text_after_a_closing_quote: [
        withField(9, "track_name", '"closed" tail'),
        line(9),
        column("track_name"),
    ],
    the_same_id_twice: [withField(41, "song_id", "7"), line(41), column("song_id"), /\b7\b/, line(9)],
    an_empty_id: [withField(41, "song_id", ""), line(41), column("song_id")],
    a_broken_utf8_sequence: [
        bytes(withField(20, "track_name", "caf\xe9")),
        line(20),
        column("track_name"),
        /UTF-8/,
    ],
    an_overlong_utf8_sequence: [bytes(withField(20, "track_name", "\xc0\xaf")), line(20), /UTF-8/],
    a_surrogate_in_utf8: [bytes(withField(20, "artist_name", "\xed\xa0\x80")), line(20), /UTF-8/],
    a_nul_byte: [withField(21, "track_name", "a\0b"), line(21)],
    utf16: [Buffer.from("\ufeff" + csv(rows), "utf16le"), /UTF-8|UTF-16/],
    an_unreadable_header: [withLine(1, '"song_id'), /header|line|quote/i],
    a_field_of_20_megabytes: [withField(30, "track_name", "x".repeat(20 << 20)), line(30)],
    a_million_columns: ["a,".repeat(1 << 20) + "b\n", /column/],
};

// One odd value is no reason to throw a catalogue away: it counts as missing, and is pointed out.
const odd = {
    text_among_numbers: [withField(13, "energy", "loud"), line(13), column("energy"), /loud/],
    a_number_with_a_tail: [withField(13, "tempo", "120bpm"), line(13), column("tempo"), /120bpm/],
    nan_among_numbers: [withField(14, "valence", "NaN"), line(14), column("valence"), /NaN/],
    infinity_among_numbers: [withField(14, "valence", "inf"), line(14), column("valence"), /inf/],
    a_number_beyond_all_bounds: [withField(15, "tempo", "1e999"), line(15), column("tempo"), /1e999/],
    a_year_that_is_a_word: [
        withField(16, "release_date", "sixties"),
        line(16),
        column("release_date"),
        /sixties/,
    ],
};

const badGz = {
    a_truncated_gzip: [gz(csv(rows)).subarray(0, 900), /gzip|truncated|unexpected end|ends/i],
    a_gzip_without_its_trailer: [gz(csv(rows)).subarray(0, -4), /gzip|truncated|unexpected end|ends/i],
    a_gzip_of_one_byte: [Buffer.from([0x1f]), /./],
    a_damaged_gzip: [
        (() => {
            const data = Buffer.from(gz(csv(rows)));
            data[Math.floor(data.length / 2)] ^= 0x40;
            return data;
        })(),
        /gzip|damaged|corrupt|crc|invalid/i,
    ],
};

for (const { name: variant, program: binary } of programs) {
    describe(`bad input, ${variant} build`, () => {
        let directory;
        before(async () => {
            directory = await temporary();
        });

        const all = [
            ...Object.entries(bad).map((entry) => [...entry, "csv"]),
            ...Object.entries(badGz).map((entry) => [...entry, "csv.gz"]),
        ];
        for (const [name, [content, ...patterns], ending] of all) {
            test(`${name}_is_a_bad_input_file_and_leaves_nothing`, async () => {
                const place = path.join(directory, name);
                await mkdir(place);
                const file = `${name}.${ending}`;
                await writeFile(path.join(place, file), content);
                const out = path.join(place, "bundle");
                const result = await run(
                    ["build", path.join(place, file), "--out", out, "--latent", "4"],
                    { binary },
                );
                assertFailed(result, 3, file, ...patterns);
                assert.ok(result.stderr.length < 4000, "a message, not the file");
                assert.deepEqual(await listing(place), [file]);
            });
        }

        test("a_missing_file_is_named", async () => {
            const file = path.join(directory, "absent.csv");
            const result = await run(["build", file, "--out", path.join(directory, "x")], { binary });
            assertFailed(result, [3, 4], "absent.csv");
            assert.ok(!(await exists(path.join(directory, "x"))));
        });

        test("a_directory_for_a_file_is_named", async () => {
            const result = await run(["build", directory, "--out", path.join(directory, "x")], {
                binary,
            });
            assertFailed(result, 3, path.basename(directory), /directory/);
            assert.ok(!(await exists(path.join(directory, "x"))));
        });

        test("bad_input_on_stdin_is_called_what_it_is", async () => {
            const out = path.join(directory, "from-stdin");
            const input = withField(41, "song_id", "7");
            const result = await run(["build", "-", "--out", out], { binary, input });
            assertFailed(result, 3, /stdin|standard input/, line(41), column("song_id"));
            assert.ok(!(await exists(out)));
        });

        test("a_failed_build_leaves_the_earlier_bundle_as_it_was", async () => {
            const place = path.join(directory, "earlier");
            await mkdir(place);
            const out = path.join(place, "bundle");
            const good = path.join(place, "songs.csv");
            await writeFile(good, csv(rows));
            assertDone(await run(["build", good, "--out", out, "--latent", "4"], { binary }));
            const snapshot = async () => {
                const files = {};
                for (const name of await listing(out))
                    files[name] = (await readFile(path.join(out, name))).toString("base64");
                return files;
            };
            const earlier = await snapshot();
            for (const name of ["an_empty_id", "the_same_id_twice", "a_header_and_no_songs"]) {
                await writeFile(good, bad[name][0]);
                const args = ["build", good, "--out", out, "--latent", "4"];
                assertFailed(await run(args, { binary }), 3, "songs.csv");
                assert.deepEqual(await snapshot(), earlier);
            }
            assert.equal((await runJson(["info", "--bundle", out, "--json"], { binary })).songs, 60);
        });
    });
}

describe("input that only looks bad", () => {
    let directory;
    before(async () => {
        directory = await temporary();
    });

    async function built(name, content) {
        const file = path.join(directory, `${name}.csv`);
        const out = path.join(directory, name);
        await writeFile(file, content);
        assertDone(await run(["build", file, "--out", out, "--latent", "4"]));
        const info = await runJson(["info", "--bundle", out, "--json"]);
        return { out, info };
    }

    const find = async (out, text) =>
        (await runJson(["search", text, "--bundle", out, "--json"])).results[0];

    const same = {
        a_byte_order_mark: csv(rows, { bom: true }),
        crlf_line_ends: csv(rows, { eol: "\r\n" }),
        no_line_end_at_the_end: csv(rows).trimEnd(),
        blank_lines_at_the_end: csv(rows) + "\n\n",
        every_field_quoted: lines
            .filter((text) => text !== "")
            .map((text) => text.split(",").map((part) => `"${part}"`).join(",") + "\n")
            .join(""),
        upper_case_column_names: withLine(1, lines[0].toUpperCase()),
        columns_in_another_order: csv(rows, { names: columns.toReversed() }),
    };
    for (const [name, content] of Object.entries(same)) {
        test(`${name}_changes_nothing`, async () => {
            const { out, info } = await built(name, content);
            assert.equal(info.songs, 60);
            assert.ok(info.features.some((feature) => /^energy$/i.test(feature.name)));
            for (const row of [rows[0], rows[59]]) {
                assert.deepEqual(await find(out, `${row.track_name} ${row.artist_name}`), {
                    song_id: row.song_id,
                    title: row.track_name,
                    artist: row.artist_name,
                    genre: row.genre,
                    year: row.release_date,
                });
            }
        });
    }

    for (const [name, [content, ...patterns]] of Object.entries(odd)) {
        test(`${name}_is_missing_and_pointed_out`, async () => {
            const file = path.join(directory, `${name}.csv`);
            const out = path.join(directory, name);
            await writeFile(file, content);
            const result = assertDone(await run(["build", file, "--out", out, "--latent", "4"]));
            for (const pattern of [new RegExp(`${name}\\.csv`), ...patterns])
                assert.match(result.stderr, pattern);
            const info = await runJson(["info", "--bundle", out, "--json"]);
            assert.equal(info.songs, 60);
            for (const { name: feature } of info.features)
                assert.ok(columns.includes(feature), feature);
            assert.ok(info.features.some((feature) => feature.name === "energy"));
            assert.ok(info.features.every((feature) => Number.isFinite(feature.max)));
        });
    }

    test("a_song_without_a_title_is_left_out_and_pointed_out", async () => {
        const file = path.join(directory, "untitled.csv");
        const out = path.join(directory, "untitled");
        await writeFile(file, withField(42, "track_name", ""));
        const result = assertDone(await run(["build", file, "--out", out, "--latent", "4"]));
        assert.match(result.stderr, /untitled\.csv/);
        assert.match(result.stderr, line(42));
        assert.match(result.stderr, /title/);
        assert.equal((await runJson(["info", "--bundle", out, "--json"])).songs, 59);
    });

    test("a_column_declared_as_numbers_that_is_mostly_text_is_refused", async () => {
        const file = path.join(directory, "declared.csv");
        const schema = path.join(directory, "declared.json");
        await writeFile(file, csv(rows));
        await writeFile(schema, JSON.stringify({ numerical: ["genre", "energy"] }));
        const out = path.join(directory, "declared");
        const result = await run(["build", file, "--out", out, "--schema", schema]);
        assertFailed(result, 3, "declared.csv", line(2), column("genre"));
        assert.ok(!(await exists(out)));
    });

    test("quotes_commas_and_line_breaks_inside_quotes_are_kept", async () => {
        const odd = rows.map((row) => ({ ...row }));
        odd[3].track_name = 'say "when", they said';
        // A title is one line wherever it is shown: what breaks it becomes a space.
        odd[4].track_name = "one line\nand another\r\nand a third";
        odd[5].artist_name = ", , ,";
        const { out, info } = await built("odd", csv(odd));
        assert.equal(info.songs, 60);
        assert.equal((await find(out, "say when they said")).title, odd[3].track_name);
        assert.equal(
            (await find(out, "and another and a third")).title,
            "one line and another and a third",
        );
        assert.equal((await find(out, `${odd[5].track_name}`)).artist, odd[5].artist_name);
    });

    test("empty_number_cells_are_missing_values", async () => {
        const gaps = rows.map((row, i) => (i % 3 === 0 ? { ...row, energy: "", tempo: "" } : row));
        const { info } = await built("gaps", csv(gaps));
        assert.equal(info.songs, 60);
    });

    test("a_column_that_is_always_empty_or_always_the_same_is_no_trouble", async () => {
        const flat = rows.map((row) => ({ ...row, energy: 0.5, tempo: "" }));
        const { out } = await built("flat", csv(flat));
        const { results } = await runJson(["recommend", "--bundle", out, "--song-id", "3", "--json"]);
        assert.equal(results.length, 10);
        for (const song of results) assert.ok(Number.isFinite(song.score));
    });

    test("text_ids_stay_text", async () => {
        const named = rows.map((row) => ({ ...row, song_id: `id:${row.song_id}/ü` }));
        const { out, info } = await built("text-ids", csv(named));
        assert.equal(info.integer_ids, false);
        const answer = await runJson([
            ...["recommend", "--bundle", out, "--song-id", "id:7/ü", "--json"],
        ]);
        assert.equal(answer.seeds[0].song_id, "id:7/ü");
        for (const song of answer.results) assert.equal(typeof song.song_id, "string");
    });

    test("ids_too_large_for_a_double_stay_text", async () => {
        const large = rows.map((row) => ({ ...row, song_id: `90071992547409${row.song_id + 100}` }));
        const { out } = await built("large-ids", csv(large));
        const answer = await runJson([
            ...["recommend", "--bundle", out, "--song-id", "90071992547409107", "--json"],
        ]);
        assert.equal(answer.seeds[0].song_id, "90071992547409107");
    });

    test("one_song_is_a_catalogue_with_nothing_to_recommend", async () => {
        const file = path.join(directory, "one.csv");
        const out = path.join(directory, "one");
        await writeFile(file, csv(rows.slice(0, 1)));
        const result = await run(["build", file, "--out", out, "--latent", "4"]);
        if (result.code === 0) {
            const answer = await runJson([
                ...["recommend", "--bundle", out, "--song-id", "0", "--json"],
            ]);
            assert.deepEqual(answer.results, []);
        } else {
            assertFailed(result, 3, "one.csv", /feature|song/);
            assert.ok(!(await exists(out)));
        }
    });

    test("two_songs_recommend_each_other", async () => {
        const { out } = await built("two", csv(rows.slice(0, 2)));
        const answer = await runJson(["recommend", "--bundle", out, "--song-id", "0", "--json"]);
        assert.deepEqual(answer.results.map((song) => song.song_id), [1]);
    });
});
