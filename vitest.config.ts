import { defineConfig, type ViteUserConfig } from "vitest/config";

const report = process.env["SORDINO_TEST_REPORT"];

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["src/**/*.test.ts", "accountant-tests/**/*.test.ts", "examples/**/*.test.ts"],
    globalSetup: "tools/test-folder.ts",
    testTimeout: 60_000,
    pool: "forks",
    // two workers on two cores; each holds its own copy of TensorFlow.js
    maxWorkers: 2,
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
  },
});
export default config;
