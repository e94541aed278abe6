import { expect, test } from "vitest";

import { readManifest } from "../dist/manifest.js";

const hash = "a".repeat(64);
const shard = { name: "catalog.0123.sqlite", sha256: hash, bytes: 5 };
const good = { format: "playlistpulse-bundle", version: 1, files: [{ role: "catalog", shards: [shard] }] };

const read = (value: unknown): unknown => readManifest(new TextEncoder().encode(JSON.stringify(value)), "there");
const withShard = (change: object): object => ({
  ...good,
  files: [{ role: "catalog", shards: [{ ...shard, ...change }] }],
});

test("the shards of each role are read, and what is unknown is left alone", () => {
  expect(read({ ...good, extra: true })).toEqual({ roles: new Map([["catalog", [shard]]]) });
});

test.each([
  ["text that is not JSON", "<!doctype html>"],
  ["another format", { ...good, format: "other" }],
  ["no files", { ...good, files: undefined }],
  ["a role given twice", { ...good, files: [...good.files, { role: "catalog", shards: [] }] }],
  ["a shard given twice", { ...good, files: [{ role: "catalog", shards: [shard, shard] }] }],
  ["a name that leaves the directory", withShard({ name: "../secret" })],
  ["a name with a slash", withShard({ name: "a/b" })],
  ["a hidden file's name", withShard({ name: ".htaccess" })],
  ["a name that is too long", withShard({ name: "a".repeat(129) })],
  ["the manifest as its own shard", withShard({ name: "manifest.json" })],
  ["a negative size", withShard({ bytes: -1 })],
  ["a size that is no integer", withShard({ bytes: 1.5 })],
  ["a hash that is too short", withShard({ sha256: "abc" })],
])("%s is refused as damaged", (_, value) => {
  expect(() => read(value)).toThrow(expect.objectContaining({ code: "format" }));
});

test("a manifest of another version is refused as such", () => {
  expect(() => read({ ...good, version: 2 })).toThrow(expect.objectContaining({ code: "version" }));
});

test("a manifest over 1 MiB is refused", () => {
  expect(() => readManifest(new Uint8Array(1024 * 1024 + 1), "there")).toThrow(/over 1 MiB/);
});
