import { createReadStream, existsSync } from "node:fs";
import { cp, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { Plugin } from "vite";

interface Options {
  /** The bundle's folder on disk. */
  directory: string;
  /** Where it is served, relative to the page. */
  path: string;
}

interface Manifest {
  files: { shards: { name: string }[] }[];
}

async function fileNames(directory: string): Promise<string[]> {
  const file = join(directory, "manifest.json");
  if (!existsSync(file)) {
    throw new Error(
      `No bundle at ${directory}: manifest.json is missing. ` +
        "Make one with `playlistpulse build songs.csv --out models/default`, " +
        "or set PLAYLISTPULSE_BUNDLE to the folder of one.",
    );
  }
  const manifest = JSON.parse(await readFile(file, "utf8")) as Manifest;
  const shards = manifest.files.flatMap((part) => part.shards.map((shard) => shard.name));
  for (const name of shards) {
    if (!existsSync(join(directory, name))) {
      throw new Error(
        `The bundle at ${directory} is incomplete: manifest.json names ${name}, which is missing.`,
      );
    }
  }
  return ["manifest.json", ...shards];
}

/**
 * Serves a bundle beside the page: from its folder in development, copied into the output in a
 * build. Only the files the manifest names go along. A missing or incomplete bundle stops the build.
 */
export function bundleFiles({ directory, path }: Options): Plugin {
  let output = "";
  return {
    name: "playlistpulse-bundle",
    configResolved(config) {
      output = resolve(config.root, config.build.outDir, path);
    },
    async buildStart() {
      if (this.meta.watchMode || process.env.VITEST !== undefined) return;
      try {
        await fileNames(directory);
      } catch (error) {
        this.error(error instanceof Error ? error.message : String(error));
      }
    },
    async writeBundle() {
      for (const name of await fileNames(directory)) {
        await cp(join(directory, name), join(output, name));
      }
    },
    configureServer(server) {
      server.middlewares.use(`/${path}/`, (request, response, next) => {
        const name = basename(new URL(request.url ?? "/", "http://localhost").pathname);
        const file = join(directory, name);
        stat(file).then(
          (found) => {
            response.setHeader("Content-Length", found.size);
            response.setHeader(
              "Content-Type",
              name.endsWith(".json") ? "application/json" : "application/octet-stream",
            );
            createReadStream(file).pipe(response);
          },
          () => {
            next();
          },
        );
      });
    },
  };
}
