import * as tf from "@tensorflow/tfjs-core";
// registers the gradients
import "@tensorflow/tfjs-layers";
import { expect, it } from "vitest";
import { useBackend } from "./backend.fixture.ts";
import { withMissingKernels } from "./missing-kernels.ts";

const waves = (shape: readonly number[]): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => Math.sin(1 + 2.3 * k)),
    [...shape],
  );

const gradientOfTiles = (x: tf.Tensor, reps: number[], weights: tf.Tensor): Float32Array =>
  Float32Array.from(tf.tidy(() => tf.grad((t) => tf.sum(tf.mul(tf.tile(t, reps), weights)))(x)).dataSync());

it.each(["cpu", "wasm"] as const)("the gradient of tiling is that of tfjs, without its loop: %s", async (backend) => {
  await useBackend(backend);
  for (const [shape, reps] of [
    [[3], [4]],
    [
      [2, 3],
      [1, 5],
    ],
    [
      [2, 3],
      [3, 2],
    ],
    [
      [1, 1, 4],
      [5, 3, 1],
    ],
    [
      [2, 1, 3, 1],
      [1, 2, 2, 3],
    ],
    [
      [2, 2],
      [1, 1],
    ],
  ] as const) {
    const [x, weights] = [waves(shape), waves(shape.map((size, axis) => size * (reps[axis] ?? 1)))];
    const theirs = gradientOfTiles(x, [...reps], weights);
    const ours = withMissingKernels(() => gradientOfTiles(x, [...reps], weights));
    expect(ours.length).toBe(theirs.length);
    ours.forEach((value, k) => expect(value).toBeCloseTo(theirs[k], 5));
    tf.dispose([x, weights]);
  }
});

it.each(["cpu", "wasm"] as const)("what was taken out is back afterwards, whatever happened: %s", async (backend) => {
  await useBackend(backend);
  const names = [tf.Identity, tf.Conv2DBackpropFilter, tf.UnsortedSegmentSum];
  const state = (): unknown[] => [...names.map((name) => tf.getKernel(name, backend)), tf.getGradient(tf.Tile)];
  const before = state();
  expect(() =>
    withMissingKernels(() => {
      throw new Error("on purpose");
    }),
  ).toThrow("on purpose");
  expect(state()).toEqual(before);
  state().forEach((one, k) => expect(one).toBe(before[k]));
});

it("a clone shares its memory and outlives its original", async () => {
  await useBackend("wasm");
  const before = tf.memory().numTensors;
  const x = tf.tensor1d([1, 2, 3]);
  const clone = withMissingKernels(() => tf.clone(x));
  x.dispose();
  expect([...clone.dataSync()]).toEqual([1, 2, 3]);
  clone.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
