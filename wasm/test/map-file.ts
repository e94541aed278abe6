import { createHash } from "node:crypto";

/** A map for a bundle of so many songs, and the entry of a manifest's "files" that goes with it. */
export function mapFile(songs: number): { name: string; bytes: Buffer; entry: object; xy: Int16Array } {
  const xy = Int16Array.from({ length: songs * 2 }, (_, i) => Math.round(32767 * Math.sin(i * 0.7)));
  xy.set([-32767, 32767]);
  const text = JSON.stringify({ position: { dtype: "I16", shape: [songs, 2], data_offsets: [0, xy.byteLength] } });
  const header = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const bytes = Buffer.concat([length, header, Buffer.from(xy.buffer)]);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const name = `map.${sha256.slice(0, 16)}.safetensors`;
  const shard = { name, sha256, bytes: bytes.length };
  return { name, bytes, xy, entry: { role: "map", sha256, bytes: bytes.length, shards: [shard] } };
}

interface ManifestJson {
  data: { songs: number };
  files: { role: string }[];
}

/** The manifest with another map, or with none; and how many songs the bundle has. */
export function withMap(manifest: Buffer, makeMap?: (songs: number) => object): Buffer {
  const json = JSON.parse(manifest.toString("utf8")) as ManifestJson;
  json.files = json.files.filter(({ role }) => role !== "map");
  const { songs } = json.data;
  return Buffer.from(JSON.stringify({ ...json, files: [...json.files, ...(makeMap ? [makeMap(songs)] : [])] }));
}
