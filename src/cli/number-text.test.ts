import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { epsilonText } from "./number-text.ts";
import type { Output } from "./output.ts";
import { trainingProgress } from "./progress.ts";

describe("numbers on the terminal", () => {
  it("are never on the flattering side of what they stand for, and close to it", () => {
    const bound = fc.double({ min: 0, max: 1e4, noNaN: true });
    const check = fc.property(bound, fc.constantFrom(1, 3, 6), (value, digits) => {
      const [up, down] = [Number(epsilonText(value, "up", digits)), Number(epsilonText(value, "down", digits))];
      expect(up).toBeGreaterThanOrEqual(value);
      expect(down).toBeLessThanOrEqual(value);
      expect(up - down).toBeLessThan(2.1 * 10 ** -digits);
    });
    fc.assert(check, { seed: 3, numRuns: 2000 });
    // one ulp above a printed number
    for (const value of [1.1, 4.377178, 2.000001]) {
      expect(Number(epsilonText(value * (1 + 2 ** -52)))).toBeGreaterThan(value);
    }
    expect(epsilonText(Infinity)).toBe("Infinity");
  });

  it("round a live epsilon up, too", () => {
    const lines: string[] = [];
    const output = { isTerminal: true, status: (line: string) => lines.push(line) } as unknown as Output;
    trainingProgress(output, 256, () => 0)({ index: 1, steps: 1, epsilon: 2.9991 });
    expect(lines.join()).toContain("epsilon 3.000 ");
    trainingProgress(output, 256, () => 0)({ index: 1, steps: 1, epsilon: 1.0001 });
    expect(lines.join()).toContain("epsilon 1.001 ");
  });
});
