import { setFlagsFromString } from "node:v8";
import { describe, expect, it } from "vitest";
import { openKernels } from "./index.ts";
import { describeLayerKernels } from "./layer-kernels.fixture.ts";
import { describeStepKernels } from "./step-kernels.fixture.ts";

// test files are processes of their own: the flag changes nothing elsewhere
if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");

describe("the build with relaxed SIMD", () => {
  it("is the one that runs, or the wide one", () => expect(["relaxed-simd", "wide"]).toContain(openKernels().build));
  describeLayerKernels();
  describeStepKernels();
});
