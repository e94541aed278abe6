import { defineConfig } from "vitest/config";

/** The built package is what is tested, as Node itself loads it. */
const server = { deps: { external: [/\/dist\//, /\/node_modules\//] } };

export default defineConfig({
  test: {
    globalSetup: "./test/setup.ts",
    testTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: { name: "plain", include: ["test/*.test.ts"], pool: "forks", server },
      },
      {
        // Node has relaxed SIMD behind a switch. The same questions, to the other module.
        extends: true,
        test: {
          name: "relaxed",
          include: ["test/recommender.test.ts", "test/simd.test.ts"],
          pool: "forks",
          execArgv: ["--experimental-wasm-relaxed-simd"],
          env: { PULSE_TEST_VARIANT: "relaxed" },
          server,
        },
      },
    ],
  },
});
