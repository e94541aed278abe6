import { defineConfig } from "vitest/config";

const testTimeout = 30_000;
/** The built package is what is tested, as Node itself loads it. */
const server = { deps: { external: [/\/dist\//, /\/node_modules\//] } };

export default defineConfig({
  test: {
    globalSetup: "./test/setup.ts",
    projects: [
      {
        test: { name: "plain", include: ["test/*.test.ts"], pool: "forks", testTimeout, server },
      },
      {
        // Node has relaxed SIMD behind a switch. The same questions, to the other module.
        test: {
          name: "relaxed",
          include: ["test/recommender.test.ts", "test/simd.test.ts"],
          pool: "forks",
          testTimeout,
          execArgv: ["--experimental-wasm-relaxed-simd"],
          env: { PULSE_TEST_VARIANT: "relaxed" },
          server,
        },
      },
    ],
  },
});
