import { describe, expect, it } from "vitest";
import { openKernels } from "./index.ts";
import { describeLayerKernels } from "./layer-kernels.fixture.ts";
import { describeStepKernels } from "./step-kernels.fixture.ts";

describe("the build with plain SIMD", () => {
  it("is the one that runs here, unless the engine takes relaxed SIMD by itself", () => {
    expect(["simd", "relaxed-simd", "wide"]).toContain(openKernels().build);
  });
  describeLayerKernels();
  describeStepKernels();
});
