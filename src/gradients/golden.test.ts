import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { nativeFolder, useBackend } from "./backend.fixture.ts";
import { buildGolden, goldenLoss, goldenNames, readGolden, tensorOf } from "./golden.fixture.ts";
import { createGradientEngine } from "./index.ts";

const cases = goldenNames();

const engines = [
  { engine: "tfjs", backend: "wasm", names: cases },
  { engine: "tfjs", backend: "cpu", names: cases },
  { engine: "wasm", backend: "cpu", names: cases },
  // SORDINO_TFJS_NODE=FOLDER, see tools/build-tfjs-node.sh
  ...(nativeFolder === undefined ? [] : [{ engine: "tfjs", backend: "tensorflow", names: cases } as const]),
] as const;

describe.each(engines)("values of the golden files from the $engine engine on $backend", (at) => {
  beforeAll(() => useBackend(at.backend));
  afterEach(() => tf.disposeVariables());

  it.each(at.names)("D1 D3 %s: losses, norms and the clipped sum", async (name) => {
    const golden = readGolden(name);
    const { model, keys } = buildGolden(golden);
    const x = golden.inputs.map(tensorOf);
    const y = tensorOf(golden.labels);
    const engine = await createGradientEngine({
      engine: at.engine,
      model,
      loss: goldenLoss(golden),
      l2ClipNorm: golden.clipNorm,
      random: seededRandom(name),
    });
    const result = await engine.clippedSum({ x, y });
    const { norms, losses, fractionClipped, nonFiniteRows } = result.diagnostics.revealNotPrivate();
    const { expected } = golden;
    expect(nonFiniteRows).toBe(expected.nonFiniteExamples.length);
    expected.gradNorm.forEach((norm, row) => {
      if (norm === null) return;
      expect(Math.abs(norms[row] - norm), `norm ${row}`).toBeLessThanOrEqual(1e-5 * norm);
      const loss = expected.loss[row] as number;
      expect(Math.abs(losses[row] - loss), `loss ${row}`).toBeLessThanOrEqual(1e-5 * Math.abs(loss) + 1e-6);
    });
    if (golden.batchSize > 0) expect(fractionClipped * golden.batchSize).toBeCloseTo(expected.numClipped, 9);
    let difference = 0;
    for (const [weight, sums] of Object.entries(result.sums)) {
      const wanted = expected.clippedSum.find((sum) => sum.name === keys.get(weight));
      const values = wanted?.data ?? [];
      expect(sums.length).toBe(values.length);
      sums.forEach((sum, k) => (difference += (sum * 2 ** result.gridExponent - values[k]) ** 2));
    }
    expect(Object.keys(result.sums).length).toBe(expected.clippedSum.length);
    // a clip norm far above every gradient buys a coarse grid: half a step per entry, as priced
    const grid = name === "dense-none-clipped" ? engine.surcharge.grid / 2 : 0;
    expect(Math.sqrt(difference)).toBeLessThanOrEqual(1e-5 * expected.clippedSumNorm + grid);
    tf.dispose([...x, y]);
  });
});
