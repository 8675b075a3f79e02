import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "./backend.fixture.ts";
import { batchLoss } from "./batch-loss.ts";
import { trainableWeights, viewModel } from "./layer-view.ts";
import { logits, perceptron } from "./models.fixture.ts";
import { referenceGradient } from "./reference-loop.ts";
import { type SelfCheck, checkAgainstLoop, checkedRows } from "./self-check.ts";
import { syntheticBatch } from "./synthetic-batch.ts";

/** What an engine of plain loops reports, row by row from TensorFlow.js, before somebody spoils it. */
function honest(): SelfCheck {
  const model = perceptron(6, 7, 3);
  const loss = batchLoss(model, { loss: logits });
  const weights = trainableWeights(viewModel(model));
  return {
    model,
    loss,
    weights,
    physicalBatchSize: checkedRows - 1,
    batch: () => syntheticBatch(model, [logits], checkedRows, "one-hot"),
    sumOf(x, [y], clip) {
      const rows = Array.from({ length: y.shape[0] ?? 0 }, (_, row) => {
        const cut = (t: tf.Tensor): tf.Tensor =>
          tf.slice(t, [row, ...t.shape.slice(1).map(() => 0)], [1, ...t.shape.slice(1)]);
        return tf.tidy(() => referenceGradient(model, loss, weights, x.map(cut), { y: [cut(y)] }));
      });
      const norms = Float64Array.from(rows, (row) => Math.hypot(...row.flatMap((values) => [...values])));
      const sums = new Map(
        weights.map((weight, w) => {
          const total = new Float64Array(rows[0][w].length);
          rows.forEach((row, i) => row[w].forEach((v, k) => (total[k] += v * Math.min(1, clip / norms[i]))));
          return [weight.id, total] as const;
        }),
      );
      return { norms, step: 0, sums: () => sums, unit: 1 };
    },
  };
}

type Spoil = (made: ReturnType<SelfCheck["sumOf"]>, rows: number, check: SelfCheck) => ReturnType<SelfCheck["sumOf"]>;

function spoiled(spoil: Spoil): SelfCheck {
  const check = honest();
  return { ...check, sumOf: (x, y, clip, first) => spoil(check.sumOf(x, y, clip, first), y[0].shape[0] ?? 0, check) };
}

describe("the self-check", () => {
  beforeAll(() => useBackend("cpu"));

  it("passes who computes what TensorFlow.js computes, and leaves no tensor behind", () => {
    const check = honest();
    checkAgainstLoop(check);
    const before = tf.memory().numTensors;
    checkAgainstLoop(check);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("D1 D3 refuses who is wrong in one small weight only, of which the norm of the whole shows nothing", () => {
    const check = spoiled((made, _, { weights }) => {
      const sums = new Map(made.sums());
      const smallest = weights
        .map((w) => [w.id, Math.hypot(...(sums.get(w.id) ?? []))] as const)
        .toSorted((a, b) => a[1] - b[1])[0];
      sums.set(
        smallest[0],
        (sums.get(smallest[0]) ?? new Float64Array()).map((v) => 1.005 * v),
      );
      return { ...made, sums: () => sums };
    });
    expect(() => checkAgainstLoop(check)).toThrow(/sum of clipped gradients differs .* in dense/);
  });

  it("refuses a norm that is off by one part in 500", () => {
    const check = spoiled((made) => ({ ...made, norms: made.norms.map((norm) => norm * 1.002) }));
    expect(() => checkAgainstLoop(check)).toThrow(/norms differ/);
  });

  it("refuses one last bit of a norm that changes with the company", () => {
    const company: Spoil = (made, rows) => ({
      ...made,
      norms: made.norms.map((norm) => (rows === 1 ? norm : norm * (1 + 2 ** -50))),
    });
    expect(() => checkAgainstLoop(spoiled(company))).toThrow(/depends on the other examples/);
  });
});
