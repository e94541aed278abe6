import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    bundle: string;
  }
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Songs enough to search and recommend among: made up, and the same every time. */
function csv(): string {
  const first = ["Silver", "Broken", "Midnight", "Paper", "Golden", "Hollow", "Crimson", "Quiet"];
  const second = ["River", "Letters", "Engine", "Garden", "Señorita", "Harbour", "Mirror", "Winter"];
  const genres = ["pop", "rock", "jazz", "folk"];
  const lines = ["song_id,title,artist,genre,year,energy,danceability,tempo"];
  for (let i = 0; i < 400; ++i) {
    const wave = (step: number): string => (0.5 + 0.5 * Math.sin(i * step)).toFixed(4);
    const title = `${first[i % 8] ?? ""} ${second[Math.floor(i / 8) % 8] ?? ""} ${String(Math.floor(i / 64))}`;
    lines.push(
      [
        i,
        title,
        `Artist ${String(i % 37)}`,
        genres[i % 4],
        1960 + (i % 60),
        wave(0.37),
        wave(0.73),
        60 + ((i * 7) % 120),
      ].join(","),
    );
  }
  return `${lines.join("\n")}\n`;
}

/**
 * Tells the tests which bundle to use: the one that PULSE_TEST_BUNDLE names, else the one the project ships, else
 * one that the native program makes now.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const named = process.env["PULSE_TEST_BUNDLE"];
  const given = named ?? join(root, "models/default");
  if (existsSync(join(given, "manifest.json"))) {
    project.provide("bundle", given);
    return undefined;
  }
  if (named !== undefined) throw new Error(`PULSE_TEST_BUNDLE names ${named}, where there is no bundle`);

  const directory = await mkdtemp(join(tmpdir(), "playlistpulse-"));
  const remove = (): Promise<void> => rm(directory, { recursive: true });
  const songs = join(directory, "songs.csv");
  const bundle = join(directory, "bundle");
  try {
    await writeFile(songs, csv());
    execFileSync(join(root, "build/native/bin/playlistpulse"), ["build", songs, "--out", bundle, "--latent", "16"], {
      stdio: "pipe", // what it says comes out with the error, if it fails
    });
  } catch (error) {
    await remove();
    throw error;
  }
  project.provide("bundle", bundle);
  return remove;
}
