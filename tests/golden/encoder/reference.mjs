// The reference texts and vectors of this directory.
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));

export const texts = readFileSync(path.join(here, "texts.txt"), "utf8").trimEnd().split("\n");

function fromHalf(bits) {
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
    return bits & 0x8000 ? -size : size;
}

/** A list of Float32Array, in the order of the texts. */
export function vectors() {
    const file = readFileSync(path.join(here, "reference.safetensors"));
    const header = Number(file.readBigUInt64LE(0));
    const { dtype, shape, data_offsets: span } = JSON.parse(file.subarray(8, 8 + header)).vectors;
    if (dtype !== "F16") throw new Error(`the reference vectors are ${dtype}`);
    const data = file.subarray(8 + header + span[0], 8 + header + span[1]);
    const [count, dimensions] = shape;
    return Array.from({ length: count }, (_, row) =>
        Float32Array.from({ length: dimensions }, (_, i) => fromHalf(data.readUInt16LE((row * dimensions + i) * 2))),
    );
}

const dot = (a, b) => {
    let sum = 0;
    for (let i = 0; i < a.length; ++i) sum += a[i] * b[i];
    return sum;
};

export const cosine = (a, b) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));

/** Of cosines, or any numbers: {mean, p1, min}. */
export function summary(numbers) {
    const sorted = numbers.toSorted((a, b) => a - b);
    return {
        mean: numbers.reduce((sum, value) => sum + value, 0) / numbers.length,
        p1: sorted[Math.floor(numbers.length / 100)],
        min: sorted[0],
    };
}

/** How unit vectors of the same texts agree: {mean, p1, min} of their cosines. */
export const agreement = (some, others) => summary(some.map((one, i) => cosine(one, others[i])));

/** For each vector the places of its ten nearest among the others. */
export function neighbours(all) {
    return all.map((one, i) => {
        const best = []; // nearest first
        for (const [place, other] of all.entries()) {
            const near = dot(one, other);
            if (place === i || (best.length === 10 && near <= best[9].near)) continue;
            let at = Math.min(best.length, 9);
            for (; at > 0 && best[at - 1].near < near; --at) best[at] = best[at - 1];
            best[at] = { place, near };
        }
        return best.map(({ place }) => place);
    });
}

/** The share of neighbours that are the same. */
export const overlap = (some, others) =>
    some.reduce((sum, one, i) => sum + one.filter((place) => others[i].includes(place)).length / 10, 0) / some.length;
