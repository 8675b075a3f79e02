import * as tf from "@tensorflow/tfjs-core";
import { metrics } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "./backend.fixture.ts";
import { type Loss, perExampleLoss } from "./loss.ts";
import { testNumbers } from "./models.fixture.ts";

const numbersOf = (t: tf.Tensor): number[] => [...t.dataSync()];

function expectClose(a: tf.Tensor, b: tf.Tensor, tolerance = 1e-6): void {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  expect(left.length).toBe(right.length);
  left.forEach((value, i) => expect(Math.abs(value - right[i])).toBeLessThanOrEqual(tolerance * (1 + Math.abs(value))));
}

await useBackend("cpu");

describe.each(["wasm", "cpu"] as const)("the named losses on %s", (backend) => {
  beforeAll(() => useBackend(backend));
  const next = testNumbers(1);
  const scores = tf.tensor(
    Array.from({ length: 12 }, () => 6 * next() - 3),
    [3, 4],
  );
  const oneHot = tf.tensor([1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], [3, 4]);
  const classes = tf.tensor([0, 2, 3], [3], "int32");
  const bits = tf.tensor([1, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0], [3, 4]);

  it("are the metrics of tfjs-layers on probabilities", () => {
    const p = tf.softmax(scores);
    expectClose(perExampleLoss("categoricalCrossentropy")(oneHot, p), metrics.categoricalCrossentropy(oneHot, p));
    expectClose(perExampleLoss("binaryCrossentropy")(bits, p), metrics.binaryCrossentropy(bits, p), 1e-5);
    expectClose(perExampleLoss("meanSquaredError")(bits, scores), metrics.meanSquaredError(bits, scores));
  });

  it.each([
    ["categoricalCrossentropy", oneHot, (t: tf.Tensor) => tf.softmax(t)],
    ["binaryCrossentropy", bits, (t: tf.Tensor) => tf.sigmoid(t)],
    ["sparseCategoricalCrossentropy", classes, (t: tf.Tensor) => tf.softmax(t)],
  ] as const)("%s is the same from logits", (kind, y, squash) => {
    const fromLogits = perExampleLoss({ kind, fromLogits: true });
    expectClose(fromLogits(y, scores), perExampleLoss(kind)(y, squash(scores)), 1e-5);
    // and stays finite where probabilities round to 0 and 1
    expect(numbersOf(fromLogits(y, tf.mul(scores, 200))).every(Number.isFinite)).toBe(true);
  });

  it("takes class numbers for one-hot rows, also with a trailing axis of one", () => {
    const loss = perExampleLoss({ kind: "sparseCategoricalCrossentropy", fromLogits: true });
    const wanted = perExampleLoss({ kind: "categoricalCrossentropy", fromLogits: true })(oneHot, scores);
    expectClose(loss(classes, scores), wanted);
    expectClose(loss(tf.reshape(classes, [3, 1]), scores), wanted);
  });

  it("sums over positions: a sequence of one repeated three times costs three times as much", () => {
    const repeat = (t: tf.Tensor): tf.Tensor => tf.tile(tf.expandDims(t, 1), [1, 3, 1]);
    const kinds: Loss[] = [
      { kind: "categoricalCrossentropy", fromLogits: true, positions: "sum" },
      { kind: "meanSquaredError", positions: "sum" },
    ];
    for (const kind of kinds) {
      const loss = perExampleLoss(kind);
      expectClose(loss(repeat(oneHot), repeat(scores)), tf.mul(loss(oneHot, scores), 3), 1e-5);
    }
  });

  it("refuses numbers [batch] for outputs [batch, 1]: spread out, each loss would read every example's label", () => {
    const loss = perExampleLoss("meanSquaredError");
    expect(() => loss(tf.tensor([1, 2, 3]), tf.zeros([3, 1]))).toThrow(/shape \[batch, 1\]/);
  });

  it("has the slope of binary cross-entropy at a logit of zero, as everywhere: sigmoid(x) − y", () => {
    const loss = perExampleLoss({ kind: "binaryCrossentropy", fromLogits: true });
    const x = tf.tensor([0, 0, -3, 40], [4, 1]);
    const y = tf.tensor([0, 1, 1, 1], [4, 1]);
    expectClose(tf.grad((z) => tf.sum(loss(y, z)))(x), tf.sub(tf.sigmoid(x), y));
  });

  it("refuses labels of another shape and class numbers that are none, without naming them", () => {
    const sparse = perExampleLoss("sparseCategoricalCrossentropy");
    expect(() => perExampleLoss("categoricalCrossentropy")(classes, scores)).toThrow(/shape \[batch, 4\]/);
    for (const label of [4, -1, 0.5, Number.NaN]) {
      expect(() => sparse(tf.tensor([label, 0, 0]), scores)).toThrow(
        /whole class numbers in \[0, 4\), got "something else"/,
      );
    }
    expect(() => perExampleLoss("hinge" as Loss)).toThrow(/invalid_argument/);
  });
});
