// Hugging Face directories of small BERT encoders with random weights, made for the tests; and the
// same encoder in plain arithmetic, to compare with.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { random } from "./catalogue.mjs";

export const words = (
    "amber anchor at blue bridge candle cold dawn distant engine far feather golden harbour hollow home " +
    "i idle island in journey kettle lantern light lonely me meadow mirror moon my narrow needle night " +
    "of old orchard paper pillow quiet rain restless river road sea shadow silver sing sky slow snow song " +
    "star sun tangled the tower tunnel umbrella upward valley wait walk we wide wind window winter you"
).split(" ");

const letters = "abcdefghijklmnopqrstuvwxyz0123456789".split("");

/** Special tokens, letters, letters that continue a word, words. */
export const vocabulary = [
    ...["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
    ...[",", ".", "!"],
    ...letters,
    ...letters.map((letter) => `##${letter}`),
    ...words.filter((word) => word.length > 1),
];

/** Lyrics of so many words, in lines of seven. */
export function lyrics(rng, count) {
    const lines = [];
    for (let at = 0; at < count; at += 7)
        lines.push(
            Array.from({ length: Math.min(7, count - at) }, () => rng.pick(words)).join(" "),
        );
    return lines.join("\n");
}

/** A model: its config, its tensors by transformers' names, its vocabulary and settings. */
export function bert({ layers = 2, width = 32, heads = 4, inner = 64, positions = 128, seed = 1 } = {}) {
    const rng = random(seed);
    const tensors = new Map();
    const add = (name, shape, scale, middle = 0) => {
        const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
        for (let i = 0; i < data.length; ++i) data[i] = middle + scale * rng.normal();
        tensors.set(name, { dtype: "F32", shape, data });
    };
    const norm = (name) => {
        add(`${name}.weight`, [width], 0.1, 1);
        add(`${name}.bias`, [width], 0.1);
    };
    const dense = (name, outputs, inputs) => {
        add(`${name}.weight`, [outputs, inputs], 1.5 / Math.sqrt(inputs));
        add(`${name}.bias`, [outputs], 0.1);
    };
    add("embeddings.word_embeddings.weight", [vocabulary.length, width], 1);
    add("embeddings.position_embeddings.weight", [positions, width], 0.3);
    add("embeddings.token_type_embeddings.weight", [2, width], 0.3);
    norm("embeddings.LayerNorm");
    for (let i = 0; i < layers; ++i) {
        const layer = `encoder.layer.${i}`;
        for (const part of ["query", "key", "value"])
            dense(`${layer}.attention.self.${part}`, width, width);
        dense(`${layer}.attention.output.dense`, width, width);
        norm(`${layer}.attention.output.LayerNorm`);
        dense(`${layer}.intermediate.dense`, inner, width);
        dense(`${layer}.output.dense`, width, inner);
        norm(`${layer}.output.LayerNorm`);
    }
    const config = {
        architectures: ["BertModel"],
        model_type: "bert",
        hidden_act: "gelu",
        position_embedding_type: "absolute",
        hidden_size: width,
        num_hidden_layers: layers,
        num_attention_heads: heads,
        intermediate_size: inner,
        max_position_embeddings: positions,
        type_vocab_size: 2,
        vocab_size: vocabulary.length,
        layer_norm_eps: 1e-12,
    };
    return { config, tensors, vocab: vocabulary.join("\n") + "\n" };
}

/** What published files carry besides: nothing of it is the encoder's. */
export function addExtras(model) {
    const { hidden_size: width, max_position_embeddings: positions } = model.config;
    const zeros = (shape) => ({
        dtype: "F32",
        shape,
        data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
    });
    model.tensors.set("pooler.dense.weight", zeros([width, width]));
    model.tensors.set("pooler.dense.bias", zeros([width]));
    model.tensors.set("embeddings.position_ids", {
        dtype: "I64",
        shape: [1, positions],
        data: BigInt64Array.from({ length: positions }, (_, i) => BigInt(i)),
    });
    return model;
}

// ---- safetensors ----------------------------------------------------------------------------

const sizes = { F32: 4, F16: 2, BF16: 2, I8: 1, I32: 4, I64: 8 };

/** The float as the dtype holds it, rounded to the nearest; no infinities, no NaN. */
function halfBits(value, dtype) {
    const bits = new Uint32Array(Float32Array.of(value).buffer)[0];
    if (dtype === "BF16") return Math.floor((bits + 0x8000) / 0x10000) & 0xffff;
    const sign = (bits >>> 16) & 0x8000;
    const size = Math.abs(value);
    if (size < 2 ** -14) return sign | Math.round(size * 2 ** 24);
    const exponent = Math.floor(Math.log2(size));
    const steps = Math.round((size / 2 ** exponent - 1) * 1024);
    return sign | (((exponent + 15) << 10) + steps);
}

function bytesOf({ dtype, data }) {
    if (dtype === "F16" || dtype === "BF16") {
        const halves = Uint16Array.from(data, (value) => halfBits(value, dtype));
        return Buffer.from(halves.buffer);
    }
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** The file's bytes; the widest dtypes first, as the usual writers do. */
export function safetensors(tensors, metadata = { format: "pt" }) {
    const header = { __metadata__: metadata };
    const parts = [];
    let at = 0;
    const sorted = [...tensors].sort(([, a], [, b]) => sizes[b.dtype] - sizes[a.dtype]);
    for (const [name, tensor] of sorted) {
        const bytes = bytesOf(tensor);
        header[name] = {
            dtype: tensor.dtype,
            shape: tensor.shape,
            data_offsets: [at, at + bytes.length],
        };
        at += bytes.length;
        parts.push(bytes);
    }
    return withHeader(JSON.stringify(header), Buffer.concat(parts));
}

export function withHeader(json, data) {
    const text = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    return Buffer.concat([length, text, data]);
}

/** {metadata, tensors: name -> {dtype, shape, data}} of a file's bytes. */
export function readSafetensors(bytes) {
    const end = 8 + Number(bytes.readBigUInt64LE(0));
    const { __metadata__: metadata, ...entries } = JSON.parse(bytes.subarray(8, end).toString());
    const kinds = { F32: Float32Array, I8: Int8Array };
    const tensors = new Map();
    for (const [name, { dtype, shape, data_offsets: [from, to] }] of Object.entries(entries)) {
        const copy = Uint8Array.from(bytes.subarray(end + from, end + to));
        tensors.set(name, { dtype, shape, data: new kinds[dtype](copy.buffer) });
    }
    return { metadata, tensors };
}

// ---- Directories ----------------------------------------------------------------------------

const modules = (kinds) =>
    kinds.map((kind, idx) => ({
        idx,
        name: String(idx),
        path: kind === "Transformer" ? "" : `${idx}_${kind}`,
        type: `sentence_transformers.models.${kind}`,
    }));

/**
 * Writes the model as a directory. `dtype` and `prefix` are how its tensors are kept and named,
 * `pooling` and `normalise` what sentence-transformers' files say; `files` replaces files by name
 * (null: leaves one out).
 */
export async function writeDirectory(directory, model, options = {}) {
    const { dtype = "F32", prefix = "", pooling = "mean_tokens", normalise = true, files = {} } = options;
    const kept = new Map(
        [...model.tensors].map(([name, tensor]) => [
            prefix + name,
            tensor.dtype === "F32" ? { ...tensor, dtype } : tensor,
        ]),
    );
    const kinds = ["Transformer", "Pooling", ...(normalise ? ["Normalize"] : [])];
    const all = {
        "config.json": JSON.stringify(model.config),
        "model.safetensors": safetensors(kept),
        "vocab.txt": model.vocab,
        "tokenizer_config.json": JSON.stringify({
            do_lower_case: true,
            strip_accents: null,
            tokenize_chinese_chars: true,
            tokenizer_class: "BertTokenizer",
        }),
        "modules.json": JSON.stringify(modules(kinds)),
        "1_Pooling/config.json": JSON.stringify({
            word_embedding_dimension: model.config.hidden_size,
            pooling_mode_cls_token: pooling === "cls_token",
            pooling_mode_mean_tokens: pooling === "mean_tokens",
            pooling_mode_max_tokens: pooling === "max_tokens",
            pooling_mode_mean_sqrt_len_tokens: false,
        }),
        ...files,
    };
    for (const [name, content] of Object.entries(all)) {
        if (content === null) continue;
        await mkdir(path.dirname(path.join(directory, name)), { recursive: true });
        await writeFile(path.join(directory, name), content);
    }
    return directory;
}

// ---- The encoder, plainly -------------------------------------------------------------------

/** By its series, which is exact enough where it is not 1 anyway. */
function erf(x) {
    if (Math.abs(x) > 4) return Math.sign(x);
    let term = x;
    let sum = x;
    for (let n = 1; n < 100; ++n) {
        term *= (-x * x) / n;
        sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
}

/** Token ids -> the sentence's vector, in double precision. */
export function forward(model, ids, { pooling = "mean_tokens", normalise = true } = {}) {
    const { hidden_size: width, num_attention_heads: heads, num_hidden_layers: layers } = model.config;
    const get = (name) => model.tensors.get(name).data;
    const row = (name, i) => get(name).subarray(i * width, (i + 1) * width);
    const dense = (x, name) => {
        const bias = get(`${name}.bias`);
        const weight = get(`${name}.weight`);
        return Array.from(bias, (b, o) => {
            let sum = b;
            for (let i = 0; i < x.length; ++i) sum += weight[o * x.length + i] * x[i];
            return sum;
        });
    };
    const norm = (x, name) => {
        const mean = x.reduce((a, b) => a + b) / width;
        const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / width;
        const scale = 1 / Math.sqrt(variance + model.config.layer_norm_eps);
        const weight = get(`${name}.weight`);
        const bias = get(`${name}.bias`);
        return x.map((value, i) => (value - mean) * scale * weight[i] + bias[i]);
    };
    const plus = (x, y) => x.map((value, i) => value + y[i]);
    let hidden = ids.map((id, i) => {
        const position = row("embeddings.position_embeddings.weight", i);
        const type = row("embeddings.token_type_embeddings.weight", 0);
        const sum = Array.from(row("embeddings.word_embeddings.weight", id), (v, k) => v + position[k] + type[k]);
        return norm(sum, "embeddings.LayerNorm");
    });
    const size = width / heads;
    for (let l = 0; l < layers; ++l) {
        const layer = `encoder.layer.${l}`;
        const [q, k, v] = ["query", "key", "value"].map((part) =>
            hidden.map((x) => dense(x, `${layer}.attention.self.${part}`)),
        );
        const attended = hidden.map((_, i) => {
            const out = new Array(width).fill(0);
            for (let h = 0; h < heads; ++h) {
                const at = h * size;
                const scores = k.map((key) => {
                    let sum = 0;
                    for (let d = at; d < at + size; ++d) sum += q[i][d] * key[d];
                    return sum / Math.sqrt(size);
                });
                const most = Math.max(...scores);
                const shares = scores.map((score) => Math.exp(score - most));
                const total = shares.reduce((a, b) => a + b);
                for (const [j, share] of shares.entries())
                    for (let d = at; d < at + size; ++d) out[d] += (share / total) * v[j][d];
            }
            return out;
        });
        hidden = hidden.map((x, i) =>
            norm(plus(dense(attended[i], `${layer}.attention.output.dense`), x), `${layer}.attention.output.LayerNorm`),
        );
        hidden = hidden.map((x) => {
            const up = dense(x, `${layer}.intermediate.dense`);
            const active = up.map((value) => 0.5 * value * (1 + erf(value / Math.SQRT2)));
            return norm(plus(dense(active, `${layer}.output.dense`), x), `${layer}.output.LayerNorm`);
        });
    }
    let vector = hidden[0];
    if (pooling === "mean_tokens")
        vector = vector.map((_, i) => hidden.reduce((sum, x) => sum + x[i], 0) / hidden.length);
    const length = normalise ? Math.hypot(...vector) : 1;
    return vector.map((value) => value / length);
}

export function cosine(a, b) {
    let dot = 0;
    for (let i = 0; i < a.length; ++i) dot += a[i] * b[i];
    return dot / (Math.hypot(...a) * Math.hypot(...b));
}
