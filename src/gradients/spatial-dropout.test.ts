import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, layers, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { useBackend } from "./backend.fixture.ts";
import { createGradientEngine } from "./gradient-engine.ts";

const [steps, channels, rate] = [3, 2000, 0.25];

/** Its kernel's gradient is the mask, times a number. */
const revealing = (): LayersModel =>
  sequential({
    layers: [
      layers.spatialDropout1d({ rate, inputShape: [steps, channels] }),
      layers.flatten(),
      layers.dense({ units: 1, useBias: false, kernelInitializer: "zeros" }),
    ],
  });

async function maskOf(engine: "wasm" | "tfjs", seed: string): Promise<boolean[]> {
  const made = await createGradientEngine({
    engine,
    model: revealing(),
    loss: "meanSquaredError",
    l2ClipNorm: 1e3,
    random: seededRandom(seed),
    selfCheck: false,
  });
  const { sums } = await made.clippedSum({ x: tf.ones([1, steps, channels]), y: tf.ones([1, 1]) });
  made.dispose();
  const [values] = Object.values(sums);
  // what is kept is scaled so that its expectation stays
  const kept = [...values].filter((value) => value !== 0);
  expect(new Set(kept).size).toBe(1);
  return Array.from(values, (value) => value !== 0);
}

describe.each(["wasm", "tfjs"] as const)("SpatialDropout1D in the %s engine", (engine) => {
  beforeAll(() => useBackend("cpu"));

  it("keeps or drops a channel at all steps, as many as the rate says, and others the next time", async () => {
    const mask = await maskOf(engine, "one");
    for (let channel = 0; channel < channels; channel++) {
      const own = Array.from({ length: steps }, (_, step) => mask[step * channels + channel]);
      expect(new Set(own).size).toBe(1);
    }
    const dropped = mask.slice(0, channels).filter((isKept) => !isKept).length;
    // Hoeffding: beyond this with probability 2 · exp(-2 · 2000 · 0.075²) < 1e-9
    expect(Math.abs(dropped / channels - rate)).toBeLessThan(0.075);
    expect(await maskOf(engine, "two")).not.toEqual(mask);
  });
});
