import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { openKernels } from "../kernels/index.ts";
import { seededRandom } from "../testing/index.ts";
import { useBackend } from "./backend.fixture.ts";
import { buildGolden, goldenLoss, readGolden, tensorOf } from "./golden.fixture.ts";
import { createWasmEngine } from "./wasm-engine.ts";
import { compileModel } from "./wasm-plan.ts";

const cases = [
  "simple-rnn",
  "lstm-last",
  "lstm-seq",
  "lstm-stacked-mse",
  "gru-last",
  "gru-seq",
  "bidirectional-lstm",
  "bidirectional-lstm-seq",
  "time-distributed-dense",
  "frozen-embedding",
  "depthwise-conv2d",
  "separable-conv2d",
  "conv2d-transpose",
  "conv2d-transpose-valid",
  "prelu",
  "prelu-shared-axes",
];

describe("layers on the kernels, by the golden files", () => {
  beforeAll(() => useBackend("cpu"));
  afterEach(() => tf.disposeVariables());

  it.each(cases)("D1 D3 %s: losses, norms and the clipped sum", async (name) => {
    const golden = readGolden(name);
    const { model, keys } = buildGolden(golden);
    const loss = goldenLoss(golden);
    const plan = compileModel(model, loss);
    if ("reason" in plan) throw new Error(plan.reason);
    const options = { model, loss, l2ClipNorm: golden.clipNorm, random: seededRandom(name), selfCheck: false };
    const engine = createWasmEngine(options, plan, openKernels(), "for a test");
    const result = await engine.clippedSum({ x: golden.inputs.map(tensorOf), y: tensorOf(golden.labels) });
    const { norms, losses } = result.diagnostics.revealNotPrivate();
    const { expected } = golden;
    expected.gradNorm.forEach((norm, row) => {
      expect(Math.abs(norms[row] - (norm ?? Number.NaN))).toBeLessThanOrEqual(1e-5 * (norm ?? 0));
      const own = expected.loss[row] ?? Number.NaN;
      expect(Math.abs(losses[row] - own)).toBeLessThanOrEqual(1e-5 * Math.abs(own) + 1e-6);
    });
    let difference = 0;
    for (const [weight, sums] of Object.entries(result.sums)) {
      const wanted = expected.clippedSum.find((sum) => sum.name === keys.get(weight))?.data ?? [];
      expect(sums.length).toBe(wanted.length);
      sums.forEach((sum, k) => (difference += (sum * 2 ** result.gridExponent - wanted[k]) ** 2));
    }
    expect(Object.keys(result.sums).length).toBe(expected.clippedSum.length);
    expect(Math.sqrt(difference)).toBeLessThanOrEqual(1e-5 * expected.clippedSumNorm);
  });
});
