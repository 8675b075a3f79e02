import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, layers, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { useBackend } from "./backend.fixture.ts";
import type { ClippedSum } from "./clipped-sum.ts";
import { createGradientEngine } from "./gradient-engine.ts";
import { trainableWeights, viewModel } from "./layer-view.ts";
import { testNumbers } from "./models.fixture.ts";

const [rows, steps, inputs] = [3, 5, 4];

const start = { recurrentInitializer: "glorotUniform" } as const;
const kinds = { simpleRNN: layers.simpleRNN, gru: layers.gru, lstm: layers.lstm } as const;

interface Case {
  readonly cell: keyof typeof kinds;
  readonly dropout: number;
  readonly recurrentDropout: number;
  readonly isBoth: boolean;
}

function build({ cell, dropout, recurrentDropout, isBoth }: Case): LayersModel {
  const made = kinds[cell]({ units: 5, dropout, recurrentDropout, returnSequences: isBoth, ...start });
  const shape = { inputShape: [steps, inputs] };
  const recurrent = isBoth
    ? layers.bidirectional({ layer: made, mergeMode: "concat", ...shape })
    : kinds[cell]({ units: 5, dropout, recurrentDropout, goBackwards: true, ...shape, ...start });
  const net = sequential({ layers: [recurrent, ...(isBoth ? [layers.flatten()] : []), layers.dense({ units: 3 })] });
  const next = testNumbers(61);
  const values = net.getWeights().map((w) =>
    tf.tensor(
      Array.from({ length: w.size }, () => 1.6 * next() - 0.8),
      w.shape,
    ),
  );
  net.setWeights(values);
  tf.dispose(values);
  return net;
}

/** The same seed each time: the same masks. */
async function sumOf(engine: "wasm" | "tfjs", net: LayersModel, physicalBatchSize = 100): Promise<ClippedSum> {
  const made = await createGradientEngine({
    engine,
    model: net,
    loss: "meanSquaredError",
    l2ClipNorm: 40,
    random: seededRandom("masks"),
    selfCheck: false,
    physicalBatchSize,
  });
  const next = testNumbers(62);
  const x = tf.tensor(
    Array.from({ length: rows * steps * inputs }, () => 2 * next() - 1),
    [rows, steps, inputs],
  );
  const sum = await made.clippedSum({ x, y: tf.ones([rows, 3]) });
  made.dispose();
  x.dispose();
  expect(sum.diagnostics.revealNotPrivate().fractionClipped).toBe(0);
  return sum;
}

const lossOf = (sum: ClippedSum): number => sum.diagnostics.revealNotPrivate().losses.reduce((a, b) => a + b, 0);

const cases: Case[] = (["simpleRNN", "gru", "lstm"] as const).flatMap((cell) => [
  { cell, dropout: 0.5, recurrentDropout: 0, isBoth: false },
  { cell, dropout: 0, recurrentDropout: 0.5, isBoth: false },
  { cell, dropout: 0.3, recurrentDropout: 0.4, isBoth: true },
]);

describe.each(["wasm", "tfjs"] as const)("masks within recurrent cells in the %s engine", (engine) => {
  beforeAll(() => useBackend("cpu"));

  it.each(cases)(
    "D1 the gradient is the slope of the loss, of $cell with $dropout and $recurrentDropout",
    async (one) => {
      const net = build(one);
      const { sums, gridExponent } = await sumOf(engine, net);
      const plain = build({ ...one, dropout: 0, recurrentDropout: 0 });
      expect(lossOf(await sumOf(engine, net))).not.toBe(lossOf(await sumOf(engine, plain)));
      const weights = trainableWeights(viewModel(net)).map((w) => ({
        name: w.name,
        variable: w.read() as tf.Variable,
      }));
      // along each weight by itself: its own gradient, and a direction of no particular kind
      for (const { name, variable } of weights) {
        const before = variable.dataSync().slice();
        const gradient = Float64Array.from(sums[name], (value) => value * 2 ** gridExponent);
        const length = Math.hypot(...gradient);
        const direction = Array.from(
          gradient,
          (value, k) => value / length + Math.sin(k + 1) / Math.sqrt(gradient.length),
        );
        const width = 2 ** -7;
        const at = async (offset: number): Promise<number> => {
          variable.assign(
            tf.tensor(
              Float32Array.from(before, (v, k) => v + offset * direction[k]),
              variable.shape,
            ),
          );
          return lossOf(await sumOf(engine, net));
        };
        // half a step of the grid per entry, and central differences of two widths: the error that is left is of the fourth order
        const slope = async (h: number): Promise<number> => ((await at(h)) - (await at(-h))) / (2 * h);
        const measured = (4 * (await slope(width)) - (await slope(2 * width))) / 3;
        const stated = gradient.reduce((sum, value, k) => sum + value * direction[k], 0);
        expect(Math.abs(measured - stated)).toBeLessThanOrEqual(2e-3 * length + 2 * 40 * 2 ** -15);
        variable.assign(tf.tensor(before, variable.shape));
      }
      net.dispose();
      plain.dispose();
    },
  );
});

describe("masks within recurrent cells on the kernels", () => {
  beforeAll(() => useBackend("cpu"));

  it.each(cases)(
    "D11 are those of the row whatever the passes, for $cell with $dropout and $recurrentDropout",
    async (one) => {
      const net = build(one);
      const [alone, together] = [await sumOf("wasm", net, 1), await sumOf("wasm", net)];
      expect(alone.sums).toEqual(together.sums);
      net.dispose();
    },
  );
});
