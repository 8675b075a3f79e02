import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, type SymbolicTensor, input, layers, model } from "@tensorflow/tfjs-layers";
import * as fc from "fast-check";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { openKernels } from "../kernels/index.ts";
import { seededRandom } from "../testing/index.ts";
import { useBackend } from "./backend.fixture.ts";
import { batchLoss } from "./batch-loss.ts";
import type { TfjsEngineOptions } from "./engine.ts";
import { trainableWeights, viewModel } from "./layer-view.ts";
import type { Loss } from "./loss.ts";
import { testNumbers } from "./models.fixture.ts";
import { referenceGradient } from "./reference-loop.ts";
import { createTfjsEngine } from "./tfjs-engine.ts";
import { createWasmEngine } from "./wasm-engine.ts";
import { type WasmPlan, compileModel } from "./wasm-plan.ts";

const [steps, width] = [3, 4];

const kinds = ["dense", "frozen", "softmax", "add", "conv", "relu", "nested", "shared"] as const;

interface Step {
  readonly kind: (typeof kinds)[number];
  /** Which of the tensors so far it reads, as a fraction of their number. */
  readonly from: number;
}

/** How an output is made of one of the tensors, and what it is held to. */
interface End {
  readonly from: number;
  readonly isPlain: boolean;
  readonly loss: Exclude<Loss, (...args: never) => unknown>;
  readonly weight: number;
}

/** A graph on `[steps, width]` whose outputs are any of its tensors, softmaxes that others read among them. */
function grow(graph: readonly Step[], ends: readonly End[]): LayersModel {
  const x = input({ shape: [steps, width] });
  const shared = layers.dense({ units: width, activation: "tanh" });
  const inside = input({ shape: [steps, width] });
  const half = layers.dense({ units: width, activation: "sigmoid" }).apply(inside) as SymbolicTensor;
  // without weights of its own: it may lead to no output
  const other = layers.activation({ activation: "softplus" }).apply(half) as SymbolicTensor;
  const inner = model({ inputs: inside, outputs: [half, other] });
  const tensors = [layers.dense({ units: width }).apply(x) as SymbolicTensor];
  const at = (place: number): SymbolicTensor => tensors[Math.floor(place * tensors.length)];
  for (const { kind, from } of graph) {
    const a = at(from);
    const made = {
      dense: () => layers.dense({ units: width, activation: "selu" }).apply(a),
      frozen: () => layers.dense({ units: width, activation: "elu", trainable: false }).apply(a),
      softmax: () => layers.activation({ activation: "softmax" }).apply(a),
      add: () => (a === tensors[0] ? a : layers.add().apply([a, tensors[0]])),
      conv: () => layers.conv1d({ filters: width, kernelSize: 2, padding: "same" }).apply(a),
      relu: () => layers.activation({ activation: "relu" }).apply(a),
      nested: () => inner.apply(a),
      shared: () => shared.apply(a),
    }[kind]();
    tensors.push(...([made].flat() as SymbolicTensor[]));
  }
  const used = new Set<SymbolicTensor>();
  const outputs = ends.map(({ from, isPlain, loss }) => {
    const plain = at(from);
    // the loss of a name is of probabilities
    const isSure = loss !== "meanSquaredError" && typeof loss === "string";
    if (isSure) {
      const sure = layers.activation({ activation: "softmax" }).apply(plain) as SymbolicTensor;
      // the next output may read it
      used.add(sure);
      tensors.push(sure);
      return sure;
    }
    // the same operation for the compiler: TensorFlow.js gives no tensor out twice
    if (isPlain && used.has(plain)) {
      return layers.activation({ activation: "linear" }).apply(plain) as SymbolicTensor;
    }
    if (isPlain) used.add(plain);
    if (isPlain) return plain;
    return layers.dense({ units: width }).apply(plain) as SymbolicTensor;
  });
  return model({ inputs: x, outputs });
}

interface Made {
  readonly x: tf.Tensor;
  readonly y: tf.Tensor[];
  readonly sampleWeights: tf.Tensor;
  readonly lossMask: tf.Tensor[];
}

function batchOf(net: LayersModel, ends: readonly End[], rows: number, seed: number): Made {
  const next = testNumbers(seed);
  const fill = (shape: number[], draw: () => number, dtype: "float32" | "int32" = "float32"): tf.Tensor => {
    return tf.tensor(Array.from({ length: shape.reduce((a, b) => a * b, 1) }, draw), shape, dtype);
  };
  const weights = net.getWeights().map((w) => fill(w.shape, () => 1.4 * next() - 0.7));
  net.setWeights(weights);
  tf.dispose(weights);
  const y = ends.map(({ loss }) => {
    const isSparse = (typeof loss === "string" ? loss : loss.kind) === "sparseCategoricalCrossentropy";
    if (isSparse) return fill([rows, steps], () => Math.floor(width * next()), "int32");
    return fill([rows, steps, width], () => Math.round(next()));
  });
  return {
    x: fill([rows, steps, width], () => 2 * next() - 1),
    y,
    sampleWeights: fill([rows], () => Math.round(4 * next()) / 4),
    lossMask: ends.map(() => fill([rows, steps], () => Math.round(next()))),
  };
}

const squares = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, v) => sum + v * v, 0);

function compile(net: LayersModel, losses: Loss[]): WasmPlan {
  const plan = compileModel(net, losses);
  if ("reason" in plan) throw new Error(`${plan.layer}: ${plan.reason}`);
  return plan;
}

describe("graphs of several outputs on the kernels", () => {
  beforeAll(() => useBackend("cpu"));
  afterEach(() => tf.disposeVariables());

  const place = fc.double({ min: 0, max: 0.999, noNaN: true });
  const step = fc.record({ kind: fc.constantFrom(...kinds), from: place });
  const loss = fc.constantFrom<End["loss"]>(
    "meanSquaredError",
    "categoricalCrossentropy",
    { kind: "sparseCategoricalCrossentropy", fromLogits: true },
    { kind: "binaryCrossentropy", fromLogits: true, positions: "sum" },
  );
  // often the tensor made last, a softmax perhaps
  const last = fc.oneof(place, fc.constant(0.999));
  const end = fc.record({ from: last, isPlain: fc.boolean(), loss, weight: fc.constantFrom(0, 0.25, 1, 3) });
  const graph = fc.array(step, { maxLength: 7 });
  const ends = fc.array(end, { minLength: 2, maxLength: 4 });

  it("D1 D3 D12 give the gradient of the weighted losses: of a batch-of-one loop, and of the other engine", async () => {
    const check = fc.asyncProperty(graph, ends, fc.nat(), fc.boolean(), async (shape, given, seed, isWeighted) => {
      // at least one counts
      const own = given.map((one, k) => (k === 0 ? { ...one, weight: 1, isPlain: false } : one));
      const net = grow(shape, own);
      const [losses, lossWeights] = [own.map((one) => one.loss), own.map((one) => one.weight)];
      const { x, y, sampleWeights, lossMask } = batchOf(net, own, 2, seed);
      const batch = isWeighted ? { x, y, sampleWeights, lossMask } : { x, y };
      const weights = trainableWeights(viewModel(net));
      const rows = [0, 1].map((row) => {
        const cut = (t: tf.Tensor): tf.Tensor => tf.slice(t, [row], [1]);
        const full = batchLoss(net, { loss: losses, lossWeights });
        const more = isWeighted ? { sampleWeights: cut(sampleWeights), masks: lossMask.map(cut) } : {};
        return referenceGradient(net, full, weights, [cut(x)], { y: y.map(cut), ...more });
      });
      const norms = rows.map((row) => Math.sqrt(row.reduce((sum, values) => sum + squares(values), 0)));
      const clip = Math.max(1e-6, Math.min(...norms));
      const random = seededRandom("outputs");
      const options: TfjsEngineOptions = { model: net, loss: losses, lossWeights, l2ClipNorm: clip, random };
      const unchecked = { ...options, selfCheck: false };
      const engine = createWasmEngine(unchecked, compile(net, losses), openKernels(), "for a test");
      const other = await createTfjsEngine(unchecked);
      const [ours, theirs] = [await engine.clippedSum(batch), await other.clippedSum(batch)];
      const [mine, their] = [ours, theirs].map((sum) => sum.diagnostics.revealNotPrivate());
      norms.forEach((norm, row) => {
        expect(Math.abs(mine.norms[row] - norm)).toBeLessThanOrEqual(2e-5 * norm + 1e-7);
        expect(Math.abs(mine.losses[row] - their.losses[row])).toBeLessThanOrEqual(1e-5 * their.losses[row] + 1e-6);
      });
      let [fromLoop, fromOther] = [0, 0];
      weights.forEach(({ name }, w) => {
        ours.sums[name].forEach((value, k) => {
          const ownSum = value * 2 ** ours.gridExponent;
          const wanted = rows.reduce(
            (sum, row, r) => sum + Math.min(1, clip / Math.max(clip, norms[r])) * row[w][k],
            0,
          );
          fromLoop += (ownSum - wanted) ** 2;
          fromOther += (ownSum - theirs.sums[name][k] * 2 ** theirs.gridExponent) ** 2;
        });
      });
      expect(Math.sqrt(fromLoop)).toBeLessThanOrEqual(2e-4 * clip);
      expect(Math.sqrt(fromOther)).toBeLessThanOrEqual(2e-4 * clip);
      engine.dispose();
      other.dispose();
      tf.dispose([x, ...y, sampleWeights, ...lossMask]);
      net.dispose();
    });
    await fc.assert(check, { seed: 94, numRuns: 80 });
  });

  it("predict every output as the model does, softmaxes too", async () => {
    const check = fc.asyncProperty(graph, ends, fc.nat(), async (shape, own, seed) => {
      const net = grow(shape, own);
      const losses = own.map((one) => one.loss);
      const { x, y } = batchOf(net, own, 3, seed);
      const options = { model: net, loss: losses, l2ClipNorm: 1, random: seededRandom("outputs"), selfCheck: false };
      const engine = createWasmEngine(options, compile(net, losses), openKernels(), "for a test");
      const ours = [(await engine.predict?.(x)) ?? []].flat();
      const theirs = [net.predict(x) as tf.Tensor[]].flat();
      expect(ours.map((t) => t.shape)).toEqual(theirs.map((t) => t.shape));
      ours.forEach((t, o) => {
        const [a, b] = [t.dataSync(), theirs[o].dataSync()];
        a.forEach((value, k) => expect(Math.abs(value - b[k])).toBeLessThanOrEqual(1e-5 * (1 + Math.abs(b[k]))));
      });
      engine.dispose();
      tf.dispose([x, ...y, ...ours, ...theirs]);
      net.dispose();
    });
    await fc.assert(check, { seed: 95, numRuns: 40 });
  });
});
