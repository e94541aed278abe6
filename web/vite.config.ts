import react from "@vitejs/plugin-react";
import { resolve } from "node:path";
import { defineConfig } from "vitest/config";
import { bundleFiles } from "./plugins/bundle.ts";

const here = import.meta.dirname;

export default defineConfig({
  // Relative addresses throughout, so that the built page works under any path of any static host.
  base: "./",
  plugins: [
    react(),
    bundleFiles({
      // PLAYLISTPULSE_BUNDLE builds the page around another bundle.
      directory: process.env.PLAYLISTPULSE_BUNDLE ?? resolve(here, "../models/default"),
      path: "models/default",
    }),
  ],
  worker: { format: "es" },
  build: {
    target: "es2022",
    // Modules for WebAssembly are compiled while they stream in, which inlining would undo.
    assetsInlineLimit: (file) => (file.endsWith(".wasm") ? false : undefined),
  },
  // The engine is a linked package: it may lie beside this folder, and is served as it was built.
  server: { fs: { allow: [resolve(here, "..")] } },
  optimizeDeps: { exclude: ["playlistpulse"] },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
  },
});
