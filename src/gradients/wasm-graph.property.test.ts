import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, type SymbolicTensor, input, layers, model } from "@tensorflow/tfjs-layers";
import * as fc from "fast-check";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { openKernels } from "../kernels/index.ts";
import { seededRandom } from "../testing/index.ts";
import { useBackend } from "./backend.fixture.ts";
import { trainableWeights, viewModel } from "./layer-view.ts";
import { batchLoss } from "./batch-loss.ts";
import { logits, testNumbers } from "./models.fixture.ts";
import { referenceGradient } from "./reference-loop.ts";
import { createWasmEngine } from "./wasm-engine.ts";
import type { Edge } from "./wasm-graph.ts";
import { layerBatch } from "./wasm-nets.fixture.ts";
import { compileModel } from "./wasm-plan.ts";

const [steps, width] = [3, 4];

interface Step {
  readonly kind: (typeof kinds)[number];
  /** Which of the tensors so far it reads, as fractions of their number. */
  readonly first: number;
  readonly second: number;
}

const kinds = [
  "dense",
  "shared",
  "frozen",
  "add",
  "multiply",
  "maximum",
  "average",
  "concatenate",
  "normalize",
  "lstm",
  "gru",
  "conv",
  "activation",
  "prelu",
  "nested",
] as const;

/** A graph of layers on `[steps, width]`, each reading any of the tensors before it; the last three are the output. */
function grow(graph: readonly Step[]): LayersModel {
  const x = input({ shape: [steps, width] });
  const shared = layers.dense({ units: width, activation: "tanh" });
  const inside = input({ shape: [steps, width] });
  const half = layers.dense({ units: width, activation: "sigmoid" }).apply(inside);
  const inner = model({
    inputs: inside,
    outputs: layers.add().apply([inside, half as SymbolicTensor]) as SymbolicTensor,
  });
  const start = { returnSequences: true, recurrentInitializer: "glorotUniform" } as const;
  const tensors: SymbolicTensor[] = [x];
  for (const { kind, first, second } of graph) {
    const a = tensors[Math.floor(first * tensors.length)];
    const rest = tensors.filter((tensor) => tensor !== a);
    const b = rest[Math.floor(second * rest.length)];
    const both = b === undefined ? undefined : [a, b];
    const made = {
      dense: () => layers.dense({ units: width, activation: "selu" }).apply(a),
      shared: () => shared.apply(a),
      frozen: () => layers.dense({ units: width, activation: "elu", trainable: false }).apply(a),
      add: () => both && layers.add().apply(both),
      multiply: () => both && layers.multiply().apply(both),
      maximum: () => both && layers.maximum().apply(both),
      average: () => both && layers.average().apply(both),
      concatenate: () => both && layers.dense({ units: width }).apply(layers.concatenate().apply(both)),
      normalize: () => layers.layerNormalization().apply(a),
      lstm: () => layers.lstm({ units: width, goBackwards: second > 0.5, ...start }).apply(a),
      gru: () => layers.gru({ units: width, goBackwards: second > 0.5, ...start }).apply(a),
      conv: () => layers.conv1d({ filters: width, kernelSize: 2, padding: "same", activation: "relu" }).apply(a),
      activation: () => layers.activation({ activation: second > 0.5 ? "tanh" : "softplus" }).apply(a),
      prelu: () => layers.prelu({ sharedAxes: second > 0.5 ? [1] : [2] }).apply(a),
      nested: () => inner.apply(a),
    }[kind]() as SymbolicTensor | undefined;
    if (made !== undefined) tensors.push(made);
  }
  const last = tensors.slice(-3).map((tensor) => layers.flatten().apply(tensor) as SymbolicTensor);
  const joined = last.length > 1 ? layers.concatenate().apply(last) : last[0];
  return model({ inputs: x, outputs: layers.dense({ units: 5 }).apply(joined) as SymbolicTensor });
}

function fill(net: LayersModel, seed: number): void {
  const next = testNumbers(seed);
  const values = net.getWeights().map((w) =>
    tf.tensor(
      Array.from({ length: w.size }, () => 1.4 * next() - 0.7),
      w.shape,
    ),
  );
  net.setWeights(values);
  tf.dispose(values);
}

const squares = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, v) => sum + v * v, 0);

describe("graphs of layers on the kernels", () => {
  beforeAll(() => useBackend("cpu"));
  afterEach(() => tf.disposeVariables());

  const step = fc.record({
    kind: fc.constantFrom(...kinds),
    first: fc.double({ min: 0, max: 0.999, noNaN: true }),
    second: fc.double({ min: 0, max: 0.999, noNaN: true }),
  });

  it("D1 D3 whatever their shape, give the gradient of every weight that a batch-of-one loop gives", async () => {
    const check = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 9 }), fc.nat(), async (graph, seed) => {
      const net = grow(graph);
      fill(net, seed);
      const plan = compileModel(net, logits);
      if ("reason" in plan) throw new Error(`${plan.layer}: ${plan.reason}`);
      const { x, y } = layerBatch(net, 1, seed + 1);
      const loop = referenceGradient(net, batchLoss(net, { loss: logits }), trainableWeights(viewModel(net)), x, {
        y: [y],
      });
      const norm = Math.sqrt(loop.reduce((sum, values) => sum + squares(values), 0));
      const l2ClipNorm = Math.max(norm, 1e-6) / 2;
      const options = { model: net, loss: logits, l2ClipNorm, random: seededRandom("graphs"), selfCheck: false };
      const engine = createWasmEngine(options, plan, openKernels(), "for a test");
      const { sums, gridExponent, diagnostics } = await engine.clippedSum({ x, y });
      engine.dispose();
      expect(Math.abs(diagnostics.revealNotPrivate().norms[0] - norm)).toBeLessThanOrEqual(2e-5 * norm);
      let difference = 0;
      plan.weights.forEach(({ name }, w) => {
        difference += squares(Array.from(loop[w], (v, k) => v / 2 - sums[name][k] * 2 ** gridExponent));
      });
      expect(Math.sqrt(difference)).toBeLessThanOrEqual(5e-5 * norm);
      tf.dispose([...x, y]);
      net.dispose();
    });
    await fc.assert(check, { seed: 91, numRuns: 60 });
  });

  it("run every operation after those it reads, and let exactly one gradient arrive first at each", () => {
    const check = fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (graph) => {
      const net = grow(graph);
      const plan = compileModel(net, logits);
      if ("reason" in plan) throw new Error(plan.reason);
      const arrivals = new Map<number, Edge[]>();
      plan.ops.forEach((op, i) => {
        for (const source of op.from) expect(source).toBeLessThan(i);
        for (const edge of plan.edges[i]) {
          if (edge.isNeeded) arrivals.set(edge.from, [...(arrivals.get(edge.from) ?? []), edge]);
        }
      });
      for (const edges of arrivals.values()) expect(edges.filter((edge) => !edge.isAdded)).toHaveLength(1);
      const owned = plan.groups.flatMap((group) => {
        const [first] = group.map((i) => plan.ops[i]);
        return "weights" in first ? first.weights : [];
      });
      expect(new Set(owned).size).toBe(owned.length);
      // weights that the output does not depend on have no operation
      const read = plan.weights.filter((w) => plan.variables.some((own) => own.id === w.id));
      expect(new Set(owned.map((w) => plan.variables[w].id))).toEqual(new Set(read.map((w) => w.id)));
      net.dispose();
    });
    fc.assert(check, { seed: 92, numRuns: 40 });
  });
});
