import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";

import { open, PulseError } from "../dist/node.js";
import { mapFile, withMap } from "./map-file.js";

const variant = process.env["PULSE_TEST_VARIANT"] === "relaxed" ? "relaxed" : "plain";
const optional = /^(map|encoder|vocab)\./;

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "playlistpulse-map-"));
});
afterAll(() => rm(directory, { recursive: true }));

/** A copy of the bundle with a map made by `make`, or with none. */
async function bundleWith(name: string, make?: typeof mapFile, spoil?: (bytes: Buffer) => void): Promise<string> {
  const bundle = join(directory, name);
  await cp(inject("bundle"), bundle, { recursive: true, filter: (file) => !optional.test(basename(file)) });
  const manifest = await readFile(join(bundle, "manifest.json"));
  let map: ReturnType<typeof mapFile> | undefined;
  await writeFile(join(bundle, "manifest.json"), withMap(manifest, make && ((songs) => (map = make(songs)).entry)));
  if (map) {
    spoil?.(map.bytes);
    await writeFile(join(bundle, map.name), map.bytes);
  }
  return bundle;
}

const failureOf = async (bundle: string): Promise<PulseError> => {
  const pulse = await open({ bundle, simd: variant });
  try {
    await pulse.map();
  } catch (error) {
    expect(error).toBeInstanceOf(PulseError);
    return error as PulseError;
  } finally {
    pulse.close();
  }
  throw new Error("there is a map");
};

describe("the map", () => {
  test("says where every song lies, in the order of their ids", async () => {
    const pulse = await open({ bundle: await bundleWith("whole", mapFile), simd: variant });
    expect(pulse.info.map).toBe(true);
    const { song_ids, positions } = await pulse.map();
    expect(song_ids).toHaveLength(pulse.info.songs);
    expect(new Set(song_ids).size).toBe(pulse.info.songs);
    expect(positions).toBeInstanceOf(Float32Array);
    expect(positions).toEqual(Float32Array.from(mapFile(pulse.info.songs).xy, (steps) => steps / 32767));
    expect([positions[0], positions[1]]).toEqual([-1, 1]);
    const last = song_ids.at(-1);
    if (last === undefined) throw new Error("there is no song");
    expect((await pulse.song(last)).song_id).toBe(last);
    expect(await pulse.map()).toEqual({ song_ids, positions });
    pulse.close();
  });

  test("is missing from a bundle that has none, which opens all the same", async () => {
    const bundle = await bundleWith("none");
    const pulse = await open({ bundle, simd: variant });
    expect(pulse.info.map).toBe(false);
    expect((await pulse.search("a", 1)).length).toBe(1);
    pulse.close();
    expect((await failureOf(bundle)).code).toBe("unsupported");
  });

  test("is refused where it is damaged, or of another number of songs", async () => {
    const damaged = await bundleWith("damaged", mapFile, (bytes) => {
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    });
    expect((await failureOf(damaged)).code).toBe("format");
    const other = await failureOf(await bundleWith("other", (songs) => mapFile(songs + 1)));
    expect(other.code).toBe("format");
    expect(other.message).toMatch(/"position" is I16 \[\d+, 2\], it must be I16 \[\d+, 2\]/);
  });
});
