import { describe, expect, it } from "vitest";
import { markNotPrivate } from "../core/index.ts";
import { planDpSgd } from "../dpsgd/index.ts";
import { createGridGaussian } from "../noise/index.ts";
import { seededRandom } from "../testing/index.ts";
import { auditVerdict, clopperPearsonLowerBound } from "./index.ts";

const [runs, delta, significance] = [20_000, 1e-5, 1e-10];

/** ε of one Gaussian step at z = 1, everybody in it: Balle, Wang 2018, theorem 8, by bisection in floating point. */
const claimed = 4.377178;

/** A step of a plan on one record, with its gradient at the clip norm and without; the record is called IN above a threshold. */
function audit(noiseMultiplier: number, threshold: number): ReturnType<typeof clopperPearsonLowerBound> {
  const plan = planDpSgd({
    unit: "example",
    neighboring: "add-or-remove-one",
    datasetSize: 1,
    expectedBatchSize: 1,
    steps: 1,
    l2ClipNorm: 1,
    noiseMultiplier,
    sensitivity: 1,
    gridExponent: -20,
    budget: { epsilon: null, delta },
  });
  const noise = createGridGaussian(seededRandom(25));
  const diagnostics = markNotPrivate({
    norms: new Float64Array(),
    losses: new Float64Array(),
    fractionClipped: 0,
    nonFiniteRows: 0,
  });
  // one entry per run: a run is one record's whole contribution in one coordinate
  const outcomes = (gradient: number): Float32Array => {
    const w = new Float64Array(runs).fill(gradient * 2 ** 20);
    const noised = plan.perturb({ sums: { w }, gridExponent: -20, sensitivity: 1, diagnostics }, noise);
    return Float32Array.from(noised["w"] ?? []);
  };
  const called = (values: Float32Array): number => values.reduce((n, v) => n + (v > threshold ? 1 : 0), 0);
  return clopperPearsonLowerBound({
    truePositives: called(outcomes(1)),
    falsePositives: called(outcomes(0)),
    members: runs,
    nonMembers: runs,
    delta,
    significance,
  });
}

describe("an audit of the step's own noise with one canary", () => {
  it("D25 stays below the claim where the noise is as claimed (false alarm 1e-10), and shows something", () => {
    const bound = audit(1, 2);
    expect(bound.epsilonLowerBound).toBeLessThanOrEqual(claimed);
    expect(bound.epsilonLowerBound).toBeGreaterThan(0.5);
    expect(auditVerdict(bound, claimed)).toBe("not refuted");
  });

  it("D25 refutes the claim where a fifth of the noise is drawn", () => {
    expect(auditVerdict(audit(0.2, 0.5), claimed)).toBe("refuted");
  });
});
