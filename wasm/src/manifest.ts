import { PulseError } from "./error.js";

/*
 * As much of a manifest as it takes to know what to fetch. The core reads it again, whole, and is the one that
 * judges it: docs/bundle-format.md.
 */

/** One file to fetch. */
export interface Shard {
  /** A bare file name, with the hash of its content in it. */
  name: string;
  sha256: string;
  bytes: number;
}

export interface Manifest {
  /** The shards of each role ("catalog", "vectors", ...), in order. */
  roles: ReadonlyMap<string, readonly Shard[]>;
}

export const manifestName = "manifest.json";
/** A manifest is not larger. */
export const maximumManifestBytes = 1024 * 1024;

const format = "playlistpulse-bundle";
const knownVersion = 1;
const maximumShards = 4096;

const shardName = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;
const lessThan = 0x3c;
const hash = /^[0-9a-f]{64}$/;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readShard(value: unknown, where: string): Shard {
  if (isObject(value)) {
    const { name, sha256, bytes } = value;
    if (typeof name === "string" && shardName.test(name) && name !== manifestName)
      if (typeof sha256 === "string" && hash.test(sha256))
        if (typeof bytes === "number" && Number.isSafeInteger(bytes) && bytes >= 0) return { name, sha256, bytes };
  }
  throw new PulseError("format", `${where}: a shard needs a plain file name, its size and its SHA-256`);
}

/**
 * Reads a manifest.
 *
 * @param where the manifest's address, for messages
 */
export function readManifest(bytes: Uint8Array, where: string): Manifest {
  const notOne = (why: string): PulseError =>
    new PulseError("format", `${where} is not the manifest of a bundle: ${why}`);
  if (bytes.length > maximumManifestBytes) throw notOne("it is over 1 MiB");
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // Hosts of single-page applications answer every address that they do not know with their page.
    throw notOne(bytes[0] === lessThan ? "it is a web page (is the address right?)" : "it is not JSON");
  }
  if (!isObject(value) || value["format"] !== format) throw notOne(`its "format" is not "${format}"`);
  if (value["version"] !== knownVersion)
    throw new PulseError(
      "version",
      `${where} is of bundle format version ${JSON.stringify(value["version"] ?? null)}; this package reads version ${String(knownVersion)}`,
    );
  if (!Array.isArray(value["files"])) throw notOne('it has no "files"');

  const roles = new Map<string, Shard[]>();
  const names = new Set<string>();
  for (const file of value["files"] as unknown[]) {
    if (!isObject(file) || typeof file["role"] !== "string" || !Array.isArray(file["shards"]))
      throw notOne('a file needs a "role" and "shards"');
    if (roles.has(file["role"])) throw notOne(`it has two files of the role "${file["role"]}"`);
    const shards = (file["shards"] as unknown[]).map((shard) => readShard(shard, where));
    for (const shard of shards) {
      if (names.has(shard.name)) throw notOne(`it names ${shard.name} twice`);
      names.add(shard.name);
    }
    if (names.size > maximumShards) throw notOne("it has over 4096 shards");
    roles.set(file["role"], shards);
  }
  return { roles };
}
