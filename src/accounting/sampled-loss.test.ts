import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sampledLoss, sampledLossError, unsampledLoss } from "./sampled-loss.ts";

const seed = 20_261_126;
const share = fc.double({ min: -12, max: 0, noNaN: true }).map((x) => 10 ** x);
const loss = fc.double({ min: -60, max: 1500, noNaN: true });

describe("the loss of a sampled batch", () => {
  it.each([
    // mpmath, 60 digits
    [1e-9, 0.01, 1.0050167084117555e-11],
    [0.01, 29.999, 25.39382981402118],
    [0.01, 30.001, 25.395829814021166],
    [1e-12, 40, 12.368983132416682],
    [0.9999, -20, -9.210319762713594],
    [0.3, 1e-12, 3.00000000000105e-13],
  ])("q %s, loss %s: mpmath's value to rounding, there and back", (q, l, truth) => {
    const found = sampledLoss(q, l);
    expect(Math.abs(found - truth)).toBeLessThanOrEqual(1e-15 * Math.abs(truth) + sampledLossError(q, l));
  });

  it("lies between nothing and the whole batch's, grows with both, and is undone by its inverse", () => {
    const property = fc.property(share, share, loss, loss, (p, r, a, b) => {
      const [q, more, low, high] = [Math.min(p, r), Math.max(p, r), Math.min(a, b), Math.max(a, b)];
      const found = sampledLoss(q, low);
      const slack = 1e-14 * (1 + Math.abs(low) - Math.log(q));
      expect(Math.abs(found)).toBeLessThanOrEqual(Math.abs(low) + slack);
      expect(found * low).toBeGreaterThanOrEqual(0);
      expect(found).toBeLessThanOrEqual(sampledLoss(q, high) + slack);
      expect(Math.abs(found)).toBeLessThanOrEqual(Math.abs(sampledLoss(more, low)) + slack);
      // one ulp of the sampled loss is 1/q ulps of the batch's, at most
      if (low >= 0) expect(Math.abs(unsampledLoss(q, found) - low)).toBeLessThanOrEqual(slack + (4e-16 * found) / q);
    });
    fc.assert(property, { seed, numRuns: 2000 });
  });

  it("ends at log(1 − q), of which nothing in the batch is the inverse", () => {
    expect(sampledLoss(0.25, -Infinity)).toBeCloseTo(Math.log(0.75), 15);
    expect(unsampledLoss(0.25, -1)).toBe(-Infinity);
    expect(sampledLoss(0.25, Infinity)).toBe(Infinity);
    expect(sampledLoss(0, 800)).toBe(0);
    expect(sampledLoss(1, -3)).toBe(-3);
    expect(unsampledLoss(1, -3)).toBe(-3);
    // the smallest double there is: mpmath, 60 digits
    expect(unsampledLoss(5e-324, 0.5)).toBeCloseTo(744.0073197918141, 11);
  });
});
