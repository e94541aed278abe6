// From a Hugging Face directory to an encoder: what it computes, and what is refused.
import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { before, describe, test } from "node:test";
import { columns, csv, random, songs } from "./catalogue.mjs";
import {
    addExtras,
    bert,
    cosine,
    forward,
    lyrics,
    readSafetensors,
    safetensors,
    vocabulary,
    withHeader,
    writeDirectory,
} from "./hf-directory.mjs";
import {
    assertDone,
    assertFailed,
    assertSound,
    exists,
    listing,
    pooled,
    programs,
    run,
    temporary,
} from "./program.mjs";

const importTo = (directory, out, ...args) => run(["encoder", "import", directory, "--out", out, ...args]);

/** Imports and reads the result back. */
async function imported(model, options, ...args) {
    const directory = await temporary();
    const out = path.join(directory, "encoder.safetensors");
    await writeDirectory(path.join(directory, "tiny-bert"), model, options);
    const result = assertDone(await importTo(path.join(directory, "tiny-bert"), out, ...args));
    assert.equal(result.stdout, "");
    const file = readSafetensors(await readFile(out));
    return { ...file, settings: JSON.parse(file.metadata.encoder), stderr: result.stderr, out };
}

/** A matrix of the result, as floats. */
function matrix({ tensors }, name) {
    const { data, shape, dtype } = tensors.get(`${name}.weight`);
    const scale = dtype === "I8" ? tensors.get(`${name}.scale`).data : null;
    return Float64Array.from(data, (value, i) => value * (scale ? scale[Math.floor(i / shape[1])] : 1));
}

/** The largest difference, in rows' own int8 steps. */
function worst(file, name, expected) {
    const got = matrix(file, name);
    const { shape } = file.tensors.get(`${name}.weight`);
    assert.equal(got.length, expected.length);
    let most = 0;
    for (let r = 0; r < shape[0]; ++r) {
        const from = r * shape[1];
        const row = expected.subarray(from, from + shape[1]);
        const step = Math.max(...row.map(Math.abs)) / 127;
        for (let i = 0; i < shape[1]; ++i)
            most = Math.max(most, Math.abs(got[from + i] - row[i]) / step);
    }
    return most;
}

describe("an imported encoder", () => {
    const model = addExtras(bert());
    const weight = (name) => model.tensors.get(`${name}.weight`).data;
    const joined = (name) =>
        Float32Array.from(
            ["query", "key", "value"].flatMap((part) => [
                ...model.tensors.get(`encoder.layer.1.attention.self.${part}.${name}`).data,
            ]),
        );

    test("has_every_weight_to_half_an_int8_step_of_its_row", async () => {
        const file = await imported(model, {}, "--name", "a/tiny", "--licence", "CC0-1.0");
        assert.equal(file.metadata.format, "playlistpulse-encoder");
        assert.equal(file.metadata.version, "1");
        for (const [name, expected] of [
            ["embeddings.word", weight("embeddings.word_embeddings")],
            ["embeddings.position", weight("embeddings.position_embeddings")],
            ["layers.1.qkv", joined("weight")],
            ["layers.0.attended", weight("encoder.layer.0.attention.output.dense")],
            ["layers.1.up", weight("encoder.layer.1.intermediate.dense")],
            ["layers.1.down", weight("encoder.layer.1.output.dense")],
        ])
            assert.ok(worst(file, name, expected) < 0.5001, name);
        assert.deepEqual(file.tensors.get("layers.1.qkv.bias").data, joined("bias"));
        assert.deepEqual(
            file.tensors.get("embeddings.type").data,
            model.tensors.get("embeddings.token_type_embeddings.weight").data.slice(0, 32),
        );
        assert.deepEqual(
            { ...file.settings, vocab_sha256: null },
            {
                name: "a/tiny",
                licence: "CC0-1.0",
                layers: 2,
                width: 32,
                heads: 4,
                intermediate: 64,
                positions: 128,
                words: vocabulary.length,
                epsilon: 1e-12,
                pooling: "mean",
                normalise: true,
                tokenizer: { lower_case: true, strip_accents: true, split_chinese: true, longest_word: 100 },
                vocab_sha256: null,
            },
        );
        assert.match(file.stderr, /relative RMS error 0\.\d+%/);
        assert.equal(await readFile(file.out.replace(".safetensors", ".vocab.txt"), "utf8"), model.vocab);
    });

    test("keeps_f32_weights_as_they_are_when_asked_to", async () => {
        const file = await imported(model, {}, "--weights", "f32");
        assert.deepEqual(
            file.tensors.get("layers.0.up.weight").data,
            weight("encoder.layer.0.intermediate.dense"),
        );
        assert.ok(![...file.tensors.keys()].some((name) => name.endsWith(".scale")));
    });

    for (const [dtype, tolerance] of [
        ["F16", 0.6],
        ["BF16", 1.1],
    ])
        test(`may_come_from_${dtype}_with_a_prefix_and_other_heads_beside_it`, async () => {
            const file = await imported(model, { dtype, prefix: "bert." });
            assert.ok(worst(file, "layers.1.qkv", joined("weight")) < tolerance);
        });

    test("may_call_its_norms_gamma_and_beta", async () => {
        const old = { ...model, tensors: new Map() };
        for (const [name, tensor] of model.tensors)
            old.tensors.set(
                name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"),
                tensor,
            );
        const file = await imported(old, {});
        assert.deepEqual(
            file.tensors.get("layers.1.down.norm.bias").data,
            model.tensors.get("encoder.layer.1.output.LayerNorm.bias").data,
        );
    });

    test("takes_its_tokenizer_from_either_file", async () => {
        const cased = { do_lower_case: false, strip_accents: null, tokenize_chinese_chars: false };
        let file = await imported(model, { files: { "tokenizer_config.json": JSON.stringify(cased) } });
        assert.deepEqual(file.settings.tokenizer, {
            lower_case: false,
            strip_accents: false,
            split_chinese: false,
            longest_word: 100,
        });
        const vocab = Object.fromEntries(vocabulary.map((token, id) => [token, id]));
        const fast = {
            normalizer: { type: "BertNormalizer", clean_text: true, lowercase: true, strip_accents: false },
            model: { type: "WordPiece", unk_token: "[UNK]", max_input_chars_per_word: 40, vocab },
        };
        const files = { "tokenizer_config.json": null, "tokenizer.json": JSON.stringify(fast) };
        file = await imported(model, { files });
        assert.deepEqual(file.settings.tokenizer, {
            lower_case: true,
            strip_accents: false,
            split_chinese: true,
            longest_word: 40,
        });
    });

    test("without_modules_json_is_mean_pooled_and_says_so", async () => {
        const file = await imported(model, { files: { "modules.json": null } });
        assert.equal(file.settings.pooling, "mean");
        assert.match(file.stderr, /modules\.json/);
    });
});

describe("vectors", () => {
    const texts = ["the sea", "i walk home in the rain, old moon", "xyz!", "", "night ".repeat(60)];
    const ways = [
        { name: "f32_mean", weights: "f32", pooling: "mean_tokens", normalise: true, least: 0.999999 },
        { name: "f32_cls_of_any_length", weights: "f32", pooling: "cls_token", normalise: false, least: 0.999999 },
        { name: "int8_mean", weights: "int8", pooling: "mean_tokens", normalise: true, least: 0.998 },
    ];
    for (const way of ways)
        test(`are_those_of_plain_arithmetic_${way.name}`, async () => {
            const directory = await temporary();
            const model = bert({ seed: 5 });
            const rows = songs(40, 2).map((row, i) => ({ ...row, lyrics: lyrics(random(i), 30) }));
            await writeFile(path.join(directory, "songs.csv"), csv(rows, { names: [...columns, "lyrics"] }));
            await writeDirectory(path.join(directory, "hf"), model, way);
            const encoder = path.join(directory, "e.safetensors");
            assertDone(await importTo(path.join(directory, "hf"), encoder, "--weights", way.weights));
            const bundle = path.join(directory, "bundle");
            const files = ["--encoder", encoder, "--cache", path.join(directory, "cache.sqlite")];
            const args = ["--latent", "4", "--epochs", "1", ...files];
            assertDone(await run(["build", path.join(directory, "songs.csv"), "--out", bundle, ...args]));
            const input = texts.join("\n") + "\n";
            const tokens = assertDone(await run(["tokenize", "--bundle", bundle, "--json"], { input }));
            const ids = tokens.stdout.trim().split("\n").map((line) => JSON.parse(line).ids);
            const computes = way.weights === "f32" ? ["f32"] : ["f32", "f32-int8", "int8", "int16"];
            for (const compute of computes) {
                const result = assertDone(
                    await run(["encode", "--bundle", bundle, "--lines", "-", "--json", "--compute", compute], { input }),
                );
                const vectors = result.stdout.trim().split("\n").map((line) => JSON.parse(line).embedding);
                assert.equal(vectors.length, texts.length);
                for (const [i, vector] of vectors.entries()) {
                    const expected = forward(model, ids[i], way);
                    const least = compute === "int8" ? 0.99 : way.least;
                    assert.ok(cosine(vector, expected) > least, `${compute}, ${texts[i]}: ${cosine(vector, expected)}`);
                    const ratio = Math.hypot(...vector) / Math.hypot(...expected);
                    assert.ok(Math.abs(ratio - 1) < 0.02, `${compute}, ${texts[i]}: length ${ratio}`);
                }
            }
        });
});

// ---- Lies -----------------------------------------------------------------------------------

const change = (model, name, tensor) => ({ ...model, tensors: new Map(model.tensors).set(name, tensor) });
const without = (model, name) => {
    const tensors = new Map(model.tensors);
    tensors.delete(name);
    return { ...model, tensors };
};
const withConfig = (model, members) => ({ ...model, config: { ...model.config, ...members } });
const json = (value) => JSON.stringify(value);
const base = bert();
const query = "encoder.layer.1.attention.self.query.weight";
const zeros = (shape, dtype = "F32") => ({
    dtype,
    shape,
    data: dtype === "F32" ? new Float32Array(shape.reduce((a, b) => a * b)) : new Int8Array(shape.reduce((a, b) => a * b)),
});
const broken = (value) => {
    const data = Float32Array.from(base.tensors.get(query).data);
    data[100] = value;
    return change(base, query, { dtype: "F32", shape: [32, 32], data });
};
const vocabFile = (lines) => ({ files: { "vocab.txt": lines.join("\n") + "\n" } });
const whole = safetensors(base.tensors);
const header = JSON.parse(whole.subarray(8, 8 + Number(whole.readBigUInt64LE(0))).toString());
const data = whole.subarray(8 + Number(whole.readBigUInt64LE(0)));
const weightsFile = (bytes) => ({ files: { "model.safetensors": bytes } });
const pooling = (members) => ({
    files: { "1_Pooling/config.json": json({ pooling_mode_mean_tokens: false, ...members }) },
});
const tokenizerJson = (members) => ({ files: { "tokenizer.json": json(members) } });

/** name: [model, options, patterns...] */
const lies = {
    another_kind_of_model: [withConfig(base, { model_type: "roberta" }), {}, "model_type", "roberta"],
    no_kind_of_model: [withConfig(base, { model_type: undefined, architectures: ["T5"] }), {}, "model_type"],
    another_activation: [withConfig(base, { hidden_act: "relu" }), {}, "hidden_act", "relu"],
    relative_positions: [withConfig(base, { position_embedding_type: "relative_key" }), {}, "relative_key"],
    a_decoder: [withConfig(base, { is_decoder: true }), {}, "is_decoder"],
    heads_that_do_not_divide_the_width: [withConfig(base, { num_attention_heads: 5 }), {}, "num_attention_heads", "5", "32"],
    no_heads: [withConfig(base, { num_attention_heads: 0 }), {}, "num_attention_heads"],
    more_layers_than_there_are: [withConfig(base, { num_hidden_layers: 3 }), {}, "encoder.layer.2", "missing"],
    fewer_layers_than_there_are: [withConfig(base, { num_hidden_layers: 1 }), {}, "encoder.layer.1", "num_hidden_layers"],
    layers_without_end: [withConfig(base, { num_hidden_layers: 1e9 }), {}, "num_hidden_layers"],
    layers_that_are_a_fraction: [withConfig(base, { num_hidden_layers: 1.5 }), {}, "num_hidden_layers"],
    another_width: [withConfig(base, { hidden_size: 64 }), { files: { "modules.json": null } }, "shape"],
    another_intermediate_size: [withConfig(base, { intermediate_size: 96 }), {}, "intermediate.dense", "[64, 32]", "[96, 32]"],
    another_number_of_positions: [withConfig(base, { max_position_embeddings: 100 }), {}, "position_embeddings"],
    another_number_of_words: [withConfig(base, { vocab_size: 500 }), {}, "vocab_size", "500", String(vocabulary.length)],
    an_epsilon_that_is_none: [withConfig(base, { layer_norm_eps: -1 }), {}, "layer_norm_eps"],
    a_config_that_is_not_json: [base, { files: { "config.json": "{" } }, "config.json", "JSON"],
    a_config_that_is_a_list: [base, { files: { "config.json": "[]" } }, "config.json"],
    no_config: [base, { files: { "config.json": null } }, "config.json"],
    a_tensor_that_is_missing: [without(base, query), {}, query],
    a_tensor_on_its_side: [change(base, "encoder.layer.0.output.dense.weight", zeros([64, 32])), {}, "[64, 32]", "[32, 64]"],
    a_tensor_of_integers: [change(base, query, zeros([32, 32], "I8")), {}, query, "F16"],
    a_tensor_nobody_knows: [change(base, "encoder.layer.0.adapter.weight", zeros([4, 4])), {}, "adapter"],
    a_table_of_relative_positions: [
        change(base, "encoder.layer.0.attention.self.distance_embedding.weight", zeros([4, 4])),
        {},
        "distance_embedding",
    ],
    a_weight_that_is_infinite: [broken(Infinity), {}, query, "100"],
    a_weight_that_is_not_a_number: [broken(NaN), {}, query, "finite"],
    no_vocabulary: [base, { files: { "vocab.txt": null } }, "vocab.txt"],
    a_token_twice: [base, vocabFile([...vocabulary.slice(0, -1), "sea"]), "vocab.txt", "sea"],
    a_token_too_many: [base, vocabFile([...vocabulary, "zebra"]), "vocab_size", String(vocabulary.length + 1)],
    a_token_too_few: [base, vocabFile(vocabulary.slice(0, -1)), "vocab_size"],
    no_cls_token: [base, vocabFile(vocabulary.map((t) => (t === "[CLS]" ? "[cls]" : t))), "[CLS]"],
    an_empty_vocabulary: [base, { files: { "vocab.txt": "" } }, "vocab.txt"],
    pooling_by_maximum: [base, { pooling: "max_tokens" }, "max_tokens"],
    two_poolings: [base, pooling({ pooling_mode_mean_tokens: true, pooling_mode_cls_token: true }), "pooling_mode_"],
    no_pooling: [base, pooling({}), "pooling_mode_"],
    pooling_of_another_width: [base, pooling({ pooling_mode_mean_tokens: true, word_embedding_dimension: 48 }), "48", "32"],
    a_dense_module: [
        base,
        { files: { "modules.json": json(["Transformer", "Pooling", "Dense"].map((type, i) => ({ type, path: `${i}` }))) } },
        "Dense",
    ],
    a_module_outside: [
        base,
        { files: { "modules.json": json([{ type: "Transformer", path: "../.." }, { type: "Pooling", path: "p" }]) } },
        "path",
    ],
    no_pooling_module: [base, { files: { "modules.json": json([{ type: "Transformer", path: "" }]) } }, "Pooling"],
    another_tokenizer: [
        base,
        { files: { "tokenizer_config.json": json({ tokenizer_class: "BertJapaneseTokenizer" }) } },
        "BertJapaneseTokenizer",
    ],
    another_unknown_token: [base, { files: { "tokenizer_config.json": json({ unk_token: "<unk>" }) } }, "unk_token"],
    a_unigram_tokenizer: [base, tokenizerJson({ model: { type: "Unigram" } }), "Unigram"],
    a_tokenizer_with_another_vocabulary: [
        base,
        tokenizerJson({ model: { type: "WordPiece", vocab: Object.fromEntries(vocabulary.map((t, i) => [t, i ^ 1])) } }),
        /tokenizer\.json|whole number/,
    ],
    a_tokenizer_with_fewer_words: [base, tokenizerJson({ model: { type: "WordPiece", vocab: { "[PAD]": 0 } } }), "vocab_size"],
    weights_in_parts: [
        base,
        { files: { "model.safetensors": null, "model.safetensors.index.json": "{}" } },
        "split",
    ],
    weights_of_pytorch: [base, { files: { "model.safetensors": null, "pytorch_model.bin": "x" } }, "safetensors"],
    no_weights: [base, { files: { "model.safetensors": null } }, "model.safetensors"],
    weights_of_nothing: [base, weightsFile(Buffer.alloc(0)), "model.safetensors"],
    weights_cut_in_the_header: [base, weightsFile(whole.subarray(0, 100)), "truncated"],
    weights_cut_in_the_data: [base, weightsFile(whole.subarray(0, whole.length - 5)), "model.safetensors"],
    weights_with_a_tail: [base, weightsFile(Buffer.concat([whole, Buffer.alloc(8)])), "model.safetensors"],
    weights_with_a_giant_header: [base, weightsFile(Buffer.from("ffffffffffffff7f7b7d", "hex")), "header"],
    weights_that_overlap: [
        base,
        weightsFile(
            withHeader(
                json({ ...header, [query]: { ...header[query], data_offsets: header["encoder.layer.0.attention.self.key.weight"].data_offsets } }),
                data,
            ),
        ),
        "model.safetensors",
    ],
    weights_whose_shape_overflows: [
        base,
        weightsFile(withHeader(json({ ...header, [query]: { ...header[query], shape: [2 ** 40, 2 ** 40] } }), data)),
        "model.safetensors",
    ],
    weights_of_an_unknown_dtype: [
        base,
        weightsFile(withHeader(json({ ...header, [query]: { ...header[query], dtype: "F128" } }), data)),
        "F128",
    ],
};

describe("what is refused", () => {
    let directory;
    before(async () => {
        directory = await temporary();
    });
    for (const [name, [model, options, ...patterns]] of Object.entries(lies))
        test(name, async () => {
            const hf = path.join(directory, name);
            await mkdir(hf);
            await writeDirectory(hf, model, options);
            const out = path.join(directory, `${name}.safetensors`);
            assertFailed(await importTo(hf, out), 3, ...patterns);
            assert.deepEqual((await listing(directory)).filter((file) => file.startsWith(`${name}.`)), []);
            await rm(hf, { recursive: true });
        });

    test("bits_that_flip_never_crash_it", async () => {
        const hf = path.join(directory, "flipped");
        const rng = random(9);
        const end = 8 + Number(whole.readBigUInt64LE(0));
        const cases = Array.from({ length: 24 }, (_, i) => {
            const bytes = Buffer.from(whole);
            for (let k = 0; k < 1 + (i % 3); ++k)
                bytes[rng.below(i % 2 ? end : bytes.length)] ^= 1 << rng.below(8);
            return i % 6 === 5 ? bytes.subarray(0, rng.below(bytes.length)) : bytes;
        });
        const binaries = programs.map(({ program }) => program);
        await pooled(cases, async (bytes, i) => {
            await writeDirectory(`${hf}-${i}`, base, weightsFile(bytes));
            for (const binary of binaries) {
                const out = path.join(directory, `flipped-${i}.safetensors`);
                assertSound(await run(["encoder", "import", `${hf}-${i}`, "--out", out], { binary }));
            }
        });
    });

    test("what_fails_leaves_an_older_encoder_alone", async () => {
        const out = path.join(directory, "kept.safetensors");
        const hf = path.join(directory, "kept");
        assertDone(await importTo(await writeDirectory(hf, base), out));
        const old = await readFile(out);
        await writeDirectory(hf, broken(NaN));
        assertFailed(await importTo(hf, out), 3);
        assert.deepEqual(await readFile(out), old);
        assert.ok(await exists(out.replace(".safetensors", ".vocab.txt")));
    });
});

const wrong = {
    nothing_to_do: [["encoder"], "import"],
    something_else_to_do: [["encoder", "export", "x", "--out", "y.safetensors"], "import"],
    no_directory: [["encoder", "import", "--out", "y.safetensors"], "directory"],
    no_out: [["encoder", "import", "x"], "--out"],
    an_out_of_another_kind: [["encoder", "import", "x", "--out", "y.bin"], ".safetensors"],
    an_out_of_nothing_else: [["encoder", "import", "x", "--out", "dir/.safetensors"], ".safetensors"],
    two_directories: [["encoder", "import", "x", "z", "--out", "y.safetensors"], "z"],
    other_weights: [["encoder", "import", "x", "--out", "y.safetensors", "--weights", "int4"], "--weights"],
};
for (const [name, [args, pattern]] of Object.entries(wrong))
    test(`import_with_${name}_is_wrong_usage`, async () => {
        assertFailed(await run(args), 2, pattern);
    });

test("import_of_a_directory_that_is_not_there_names_it", async () => {
    assertFailed(await run(["encoder", "import", "/no/such/place", "--out", "y.safetensors"]), 3, "/no/such/place");
});
