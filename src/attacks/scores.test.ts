import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logitMargins, lossThreshold, modifiedEntropy } from "./index.ts";

const seeded = { seed: 20264, numRuns: 150 };
const logit = fc.oneof(
  fc.integer({ min: -30_000, max: 30_000 }).map((i) => i / 100),
  fc.double({ min: -1, max: 1, noNaN: true }),
);
const softmax = (row: readonly number[]): number[] => {
  const top = Math.max(...row);
  const exps = row.map((z) => Math.exp(z - top));
  const total = exps.reduce((a, b) => a + b, 0);
  return exps.map((e) => e / total);
};

// logits, label, then modified entropy, margin and log-probability from sixty-digit arithmetic
const exact: readonly (readonly [readonly number[], number, number, number, number])[] = [
  [[1, 2, 3], 2, -0.213633538799606, 0.6867383124817772, -0.4076059644443803],
  [[1, 2, 3], 0, -2.9875403386208057, -2.3132616875182226, -2.40760596444438],
  [[40, 0, 0], 0, -1.082910832707249e-34, 39.30685281944005, -8.496708510583178e-18],
  [[40, 0, 0], 1, -79.30685281944005, -40, -40],
  [[800, 0, -800], 2, -2400, -1600, -1600],
  [[0.5, 0.25], 1, -0.9286474660222686, -0.25, -0.8259394198788436],
  [[-10_000, 10_000], 0, -40_000, -20_000, -20_000],
];

describe("scores of one model's outputs", () => {
  it.each(exact)("of logits %j with label %d are those of sixty-digit arithmetic", (row, label, entropy, phi, loss) => {
    const isClose = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-14 * Math.abs(b);
    const input = { logits: [row], labels: [label] };
    expect(isClose(modifiedEntropy(input)[0], entropy)).toBe(true);
    expect(isClose(logitMargins({ ...input, clamp: Infinity })[0], phi)).toBe(true);
    expect(isClose(lossThreshold(input)[0], loss)).toBe(true);
  });

  it("are the same for a sigmoid output as for the two classes it stands for", () => {
    fc.assert(
      fc.property(logit, fc.constantFrom(0, 1), (z, label) => {
        const [one, two] = [[[z]], [[0, z]]].map((logits) => ({ logits, labels: [label] }));
        expect(logitMargins(one)).toEqual(logitMargins(two));
        expect(lossThreshold(one)).toEqual(lossThreshold(two));
        expect(modifiedEntropy(one)).toEqual(modifiedEntropy(two));
      }),
      seeded,
    );
  });

  it("do not change when a constant is added to all logits", () => {
    const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-11 * Math.max(1, Math.abs(b));
    fc.assert(
      fc.property(fc.array(logit, { minLength: 2, maxLength: 6 }), fc.integer({ min: -50, max: 50 }), (row, shift) => {
        const [a, b] = [row, row.map((z) => z + shift)].map((r) => ({ logits: [r], labels: [row.length - 1] }));
        expect(near(lossThreshold(a)[0], lossThreshold(b)[0])).toBe(true);
        expect(near(modifiedEntropy(a)[0], modifiedEntropy(b)[0])).toBe(true);
      }),
      seeded,
    );
  });

  it("agree between logits and probabilities where probabilities can tell", () => {
    const mild = fc.array(
      fc.integer({ min: -800, max: 800 }).map((i) => i / 100),
      { minLength: 2, maxLength: 6 },
    );
    fc.assert(
      fc.property(mild, (row) => {
        const labels = [0];
        const [a] = modifiedEntropy({ logits: [row], labels });
        const [b] = modifiedEntropy({ probabilities: [softmax(row)], labels });
        expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-7 * Math.max(1e-6, Math.abs(a)));
      }),
      seeded,
    );
  });

  it("stay finite and ordered for logits of ten thousand", () => {
    const labels = [0, 0, 0];
    const logits = [
      [1e4, 0],
      [0, 0],
      [-1e4, 0],
    ];
    for (const score of [lossThreshold, modifiedEntropy]) {
      const [high, middle, low] = score({ logits, labels });
      expect([high, middle, low].every(Number.isFinite)).toBe(true);
      expect(high).toBeGreaterThan(middle);
      expect(middle).toBeGreaterThan(low);
    }
  });

  it("grow with confidence in the label, whatever the form of the signal", () => {
    expect(Array.from(lossThreshold({ losses: [0.1, 2.3, Infinity] }))).toEqual([-0.1, -2.3, -Infinity]);
    const phi = [30, 1, -2];
    const scores = lossThreshold({ phi });
    expect(scores[0]).toBeGreaterThan(scores[1]);
    expect(scores[1]).toBeGreaterThan(scores[2]);
    expect(scores[0]).toBeLessThan(0); // float32 losses would all be 0 up there, and tie
  });

  it("cut margins to 80 unless told otherwise", () => {
    const input = { logits: [[500, 0]], labels: [0] };
    expect(logitMargins(input)[0]).toBe(80);
    expect(logitMargins({ ...input, clamp: 5 })[0]).toBe(5);
  });

  it("give minus infinity to a certain output that contradicts the label", () => {
    expect(modifiedEntropy({ probabilities: [[1, 0]], labels: [1] })[0]).toBe(-Infinity);
    expect(modifiedEntropy({ probabilities: [[1, 0]], labels: [0] })[0]).toBe(0);
  });
});

describe("inputs that are no outputs of a model", () => {
  const logits = [[1, 2]];
  it.each([
    [() => lossThreshold({ losses: [] }), "losses"],
    [() => lossThreshold({ losses: [Number.NaN] }), "losses"],
    [() => lossThreshold({ phi: [Infinity] }), "phi"],
    [() => lossThreshold({ logits, labels: [0, 1] }), "labels"],
    [() => lossThreshold({ logits, labels: [2] }), "labels"],
    [() => lossThreshold({ logits, labels: [0.5] }), "labels"],
    [() => lossThreshold({ logits: [[1, 2], [1]], labels: [0, 0] }), "logits"],
    [() => logitMargins({ logits: [[Number.NaN, 1]], labels: [0] }), "logits"],
    [() => logitMargins({ logits, labels: [0], clamp: 0 }), "clamp"],
    [() => modifiedEntropy({ probabilities: [[0.5, 0.4]], labels: [0] }), "probabilities"],
    [() => modifiedEntropy({ probabilities: [[1.5, -0.5]], labels: [0] }), "probabilities"],
    [() => modifiedEntropy({ probabilities: [[1]], labels: [0] }), "probabilities"],
    [() => modifiedEntropy({ logits: [], labels: [] }), "logits"],
  ])("are refused by the argument's name (%#)", (call, argument) => {
    expect(call).toThrow(
      expect.objectContaining({ code: "invalid_argument", details: expect.objectContaining({ argument }) }),
    );
  });

  it("are never quoted in the message", () => {
    expect(() => lossThreshold({ logits: [[123.456, Number.NaN]], labels: [0] })).not.toThrow("123.456");
    expect(() => modifiedEntropy({ probabilities: [[0.123456, 0.4]], labels: [0] })).not.toThrow("0.123456");
  });
});
