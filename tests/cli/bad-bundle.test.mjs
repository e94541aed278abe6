// Bundles that are damaged, incomplete, of another version, or made to hurt.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { before, describe, test } from "node:test";
import { csv, random, songs } from "./catalogue.mjs";
import {
    assertDone,
    assertFailed,
    assertSound,
    listing,
    programs,
    run,
    temporary,
} from "./program.mjs";

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

let directory;
let good; // the bundle that every test starts from
let names; // role -> file name

before(async () => {
    directory = await temporary();
    good = path.join(directory, "good");
    const file = path.join(directory, "songs.csv");
    await writeFile(file, csv(songs(120, 5)));
    assertDone(await run(["build", file, "--out", good, "--latent", "4"]));
    const manifest = JSON.parse(await readFile(path.join(good, "manifest.json"), "utf8"));
    names = Object.fromEntries(manifest.files.map((file) => [file.role, file.shards[0].name]));
});

/** A copy of the good bundle, changed by `change(bundle)`. */
async function damaged(change) {
    const bundle = await mkdtemp(path.join(directory, "bad-"));
    for (const name of await listing(good))
        await copyFile(path.join(good, name), path.join(bundle, name));
    await change(bundle);
    return bundle;
}

async function edit(name, change) {
    const bytes = await readFile(name);
    await writeFile(name, change(bytes) ?? bytes);
}

const editManifest = (bundle, change) =>
    edit(path.join(bundle, "manifest.json"), (bytes) => {
        const manifest = JSON.parse(bytes.toString("utf8"));
        return JSON.stringify(change(manifest) ?? manifest);
    });

/** Replaces a file's bytes, and makes the manifest agree with them. */
async function forge(bundle, role, change) {
    const bytes = Buffer.from(await readFile(path.join(bundle, names[role])));
    const forged = change(bytes) ?? bytes;
    const hash = sha256(forged);
    await rm(path.join(bundle, names[role]));
    const name = names[role].replace(/\.[0-9a-f]{16}\./, `.${hash.slice(0, 16)}.`);
    await writeFile(path.join(bundle, name), forged);
    await editManifest(bundle, (manifest) => {
        const file = manifest.files.find((one) => one.role === role);
        file.sha256 = hash;
        file.bytes = forged.length;
        file.shards = [{ name, sha256: hash, bytes: forged.length }];
    });
}

const uses = [
    ["search", "garden", "--json"],
    ["recommend", "--song-id", "3", "--json"],
    ["info", "--json"],
];

/** Each command on the bundle. */
const runAll = (bundle, binary) =>
    Promise.all(uses.map((args) => run([...args, "--bundle", bundle], { binary })));

for (const { name: variant, program: binary } of programs) {
    describe(`bad bundles, ${variant} build`, () => {
        /** Refused by every command, for a reason that names the file. */
        async function refused(change, ...patterns) {
            const bundle = await damaged(change);
            for (const result of await runAll(bundle, binary))
                assertFailed(result, [3, 4], ...patterns);
        }

        test("the_good_bundle_is_good", async () => {
            for (const result of await runAll(good, binary)) assertDone(result);
        });

        test("a_missing_manifest_is_named", () =>
            refused((bundle) => rm(path.join(bundle, "manifest.json")), "manifest.json"));

        for (const role of ["catalog", "vectors"]) {
            const at = (bundle) => path.join(bundle, names[role]);

            test(`a_missing_${role}_is_named`, () =>
                refused((bundle) => rm(at(bundle)), new RegExp(`${role}\\.[0-9a-f]{16}`)));

            test(`a_${role}_truncated_anywhere_is_named`, async () => {
                const size = (await readFile(at(good))).length;
                for (const length of [0, 1, 7, 8, 100, Math.floor(size / 2), size - 1])
                    await refused((bundle) => truncate(at(bundle), length), names[role]);
            });

            test(`a_${role}_with_one_bit_flipped_is_named`, async () => {
                const size = (await readFile(at(good))).length;
                const rng = random(17);
                const places = [0, size - 1, ...Array.from({ length: 10 }, () => rng.below(size))];
                for (const place of places)
                    await refused(
                        (bundle) =>
                            edit(at(bundle), (bytes) => {
                                bytes[place] ^= 1 << rng.below(8);
                            }),
                        names[role],
                        /sha-?256|hash|damaged/i,
                    );
            });

            test(`a_${role}_with_bytes_appended_is_named`, async () => {
                for (const extra of [1, 4096])
                    await refused(
                        (bundle) => edit(at(bundle), (bytes) => Buffer.concat([bytes, Buffer.alloc(extra)])),
                        names[role],
                    );
            });

            test(`a_${role}_that_is_a_directory_is_named`, () =>
                refused(async (bundle) => {
                    await rm(at(bundle));
                    await mkdir(at(bundle));
                }, names[role]));

            test(`a_${role}_that_is_a_device_without_end_does_not_fill_memory`, () =>
                refused(async (bundle) => {
                    await rm(at(bundle));
                    await symlink("/dev/zero", at(bundle));
                }, names[role]));

            test(`a_${role}_of_no_bytes_that_its_manifest_agrees_with_is_refused`, () =>
                refused((bundle) => forge(bundle, role, () => Buffer.alloc(0)), role));

            test(`a_${role}_of_noise_that_its_manifest_agrees_with_is_refused`, async () => {
                const rng = random(23);
                const noise = Buffer.from(Array.from({ length: 5000 }, () => rng.below(256)));
                await refused((bundle) => forge(bundle, role, () => noise), role);
            });

            // With a manifest that agrees, nothing but the parser stands between the bytes and memory.
            test(`a_forged_${role}_is_refused_or_read_and_never_crashes`, async () => {
                const rng = random(role.length);
                for (let turn = 0; turn < 40; ++turn) {
                    const bundle = await damaged((copy) =>
                        forge(copy, role, (bytes) => {
                            // Early bytes hold the headers, where damage does most.
                            const reach = turn % 2 === 0 ? Math.min(600, bytes.length) : bytes.length;
                            for (let i = 0; i <= turn % 4; ++i)
                                bytes[rng.below(reach)] = rng.pick([0, 1, 0x7f, 0x80, 0xff, 0x22]);
                            if (turn % 10 === 9) return bytes.subarray(0, rng.below(bytes.length));
                        }),
                    );
                    for (const result of await runAll(bundle, binary)) {
                        assertSound(result);
                        if (result.code === 0) JSON.parse(result.stdout);
                        else assertFailed(result, [1, 3, 4]);
                    }
                    await rm(bundle, { recursive: true });
                }
            });
        }

        test("a_missing_autoencoder_does_not_hinder_what_needs_none", async () => {
            const bundle = await damaged((copy) => rm(path.join(copy, names.autoencoder)));
            for (const result of (await runAll(bundle, binary)).slice(0, 2)) assertDone(result);
        });

        const tensors = {
            the_header_is_longer_than_the_file: (bytes) => {
                bytes.writeBigUInt64LE(0xffffffffffffffffn);
            },
            the_header_ends_a_byte_early: (bytes) => {
                bytes.writeBigUInt64LE(bytes.readBigUInt64LE() - 1n);
            },
            the_offsets_point_beyond_the_end: (bytes) => header(bytes, /\[0,(\d+)\]/, (_, end) => `[0,${end}9]`),
            the_shape_overflows: (bytes) =>
                header(bytes, /"shape":\[\d+,\d+\]/, () => '"shape":[4294967295,4294967297]'),
            the_shape_is_negative: (bytes) => header(bytes, /"shape":\[\d+,/, () => '"shape":[-1,'),
            the_type_is_unknown: (bytes) => header(bytes, /"I8"/, () => '"I9"'),
            there_are_fewer_rows_than_songs: (bytes) =>
                header(bytes, /"shape":\[120,/, () => '"shape":[119,'),
        };
        /** Rewrites the JSON header of a safetensors file; its length follows. */
        function header(bytes, pattern, replace) {
            const length = Number(bytes.readBigUInt64LE());
            const text = bytes.subarray(8, 8 + length).toString("utf8");
            assert.match(text, pattern);
            const changed = Buffer.from(text.replace(pattern, replace));
            const size = Buffer.alloc(8);
            size.writeBigUInt64LE(BigInt(changed.length));
            return Buffer.concat([size, changed, bytes.subarray(8 + length)]);
        }
        for (const [name, change] of Object.entries(tensors)) {
            test(`vectors_are_refused_when_${name}`, () =>
                refused((bundle) => forge(bundle, "vectors", change), /vectors\./));
        }

        const manifests = {
            is_empty: () => "",
            is_not_json: () => "songs!",
            is_cut_off: (text) => text.slice(0, -20),
            is_a_list: () => "[]",
            is_a_number: () => "7",
            is_nested_100000_deep: () => "[".repeat(100_000),
            is_two_megabytes: (text) => text + " ".repeat(2 << 20),
            has_a_nul_byte: (text) => text.replace('"version"', '"ver\0sion"'),
        };
        for (const [name, change] of Object.entries(manifests)) {
            test(`a_manifest_that_${name}_is_refused`, () =>
                refused(
                    (bundle) =>
                        edit(path.join(bundle, "manifest.json"), (bytes) =>
                            Buffer.from(change(bytes.toString("utf8"))),
                        ),
                    "manifest.json",
                ));
        }

        const first = (manifest) => manifest.files[0];
        const members = {
            of_another_format: [(m) => void (m.format = "cake"), /format|cake/],
            of_no_format: [(m) => void delete m.format, /format/],
            of_a_later_version: [(m) => void (m.version = 2), /version/],
            of_version_0: [(m) => void (m.version = 0), /version/],
            whose_version_is_text: [(m) => void (m.version = "1"), /version/],
            whose_version_is_a_fraction: [(m) => void (m.version = 1.5), /version/],
            without_files: [(m) => void delete m.files, /files/],
            whose_files_are_no_list: [(m) => void (m.files = {}), /files/],
            without_a_catalogue: [
                (m) => void (m.files = m.files.filter((file) => file.role !== "catalog")),
                /catalog/,
            ],
            with_the_same_role_twice: [(m) => void m.files.push(first(m)), /catalog|vectors|autoencoder/],
            without_shards: [(m) => void (first(m).shards = []), /shard/],
            with_5000_shards: [
                (m) => void (first(m).shards = Array(5000).fill(first(m).shards[0])),
                /shard/,
            ],
            whose_hash_is_of_something_else: [
                (m) => {
                    for (const file of m.files) file.sha256 = file.shards[0].sha256 = "0".repeat(64);
                },
                /sha-?256|hash|damaged/i,
            ],
            whose_hash_is_too_short: [(m) => void (first(m).sha256 = "abc"), /sha-?256|hash/i],
            whose_sizes_do_not_add_up: [(m) => void (first(m).bytes += 1), /bytes|size/],
            whose_size_is_negative: [
                (m) => void (first(m).bytes = first(m).shards[0].bytes = -1),
                /bytes|size/,
            ],
            whose_size_is_beyond_all_bounds: [
                (m) => void (first(m).bytes = first(m).shards[0].bytes = 1e300),
                /bytes|size/,
            ],
            whose_size_is_a_terabyte: [
                (m) => void (first(m).bytes = first(m).shards[0].bytes = 2 ** 40),
                /catalog|vectors|autoencoder|bytes|size/,
            ],
        };
        for (const [name, [change, pattern]] of Object.entries(members)) {
            test(`a_manifest_${name}_is_refused`, () =>
                refused((bundle) => editManifest(bundle, change), pattern));
        }

        for (const name of [
            "../good/manifest.json",
            "/etc/passwd",
            "..",
            ".",
            ".hidden",
            "a/b",
            "a\\b",
            "a\u0000b",
            "a\nb",
            "",
            "x".repeat(129),
            "catalog.é.sqlite",
        ]) {
            test(`a_file_called_${JSON.stringify(name).slice(0, 30)}_is_refused`, () =>
                refused(
                    (bundle) =>
                        editManifest(bundle, (manifest) => {
                            for (const file of manifest.files) file.shards[0].name = name;
                        }),
                    "manifest.json",
                    /name|U\+0000/,
                ));
        }

        test("unknown_members_and_roles_are_ignored", async () => {
            const bundle = await damaged(async (copy) => {
                await writeFile(path.join(copy, "later.bin"), "abc");
                await editManifest(copy, (manifest) => {
                    manifest.later = { nested: [1, 2, 3] };
                    manifest.files.push({
                        role: "later",
                        sha256: sha256("abc"),
                        bytes: 3,
                        shards: [{ name: "later.bin", sha256: sha256("abc"), bytes: 3 }],
                    });
                });
            });
            for (const result of await runAll(bundle, binary)) assertDone(result);
        });

        test("a_file_in_several_shards_is_read_as_one", async () => {
            const bundle = await damaged(async (copy) => {
                const bytes = await readFile(path.join(copy, names.catalog));
                const parts = [bytes.subarray(0, 5000), bytes.subarray(5000, 5001), bytes.subarray(5001)];
                const shards = [];
                for (const part of parts) {
                    const hash = sha256(part);
                    const name = `catalog.${hash.slice(0, 16)}.sqlite`;
                    await writeFile(path.join(copy, name), part);
                    shards.push({ name, sha256: hash, bytes: part.length });
                }
                await rm(path.join(copy, names.catalog));
                await editManifest(copy, (manifest) => {
                    manifest.files.find((file) => file.role === "catalog").shards = shards;
                });
            });
            const [expected, got] = await Promise.all([runAll(good, binary), runAll(bundle, binary)]);
            for (const [i, result] of got.slice(0, 2).entries())
                assert.equal(assertDone(result).stdout, expected[i].stdout);
        });

        test("a_manifest_with_flipped_bits_is_refused_or_read_and_never_crashes", async () => {
            const rng = random(29);
            for (let turn = 0; turn < 60; ++turn) {
                const bundle = await damaged((copy) =>
                    edit(path.join(copy, "manifest.json"), (bytes) => {
                        bytes[rng.below(bytes.length)] ^= 1 << rng.below(8);
                    }),
                );
                for (const result of await runAll(bundle, binary)) {
                    assertSound(result);
                    if (result.code !== 0)
                        assertFailed(result, [3, 4], /manifest\.json|catalog|vectors|autoencoder/);
                }
                await rm(bundle, { recursive: true });
            }
        });
    });
}
