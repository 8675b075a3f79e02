import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type DpEvent,
  type Neighboring,
  account,
  composed,
  discreteGaussian,
  discreteLaplace,
  epsilonDelta,
  exponentialMechanism,
  gaussian,
  laplace,
  mixtureOfGaussians,
  poissonSampled,
  randomizedResponse,
  rdpOfEvent,
  repeatAndSelect,
  sampledWithReplacement,
  sampledWithoutReplacement,
  selfComposed,
  truncatedSubsampledGaussian,
  zcdp,
} from "../src/accounting/index.ts";
import { goldenRows } from "./golden.ts";

interface Composed {
  readonly event: DpEvent;
  readonly neighboring: Neighboring;
  readonly count: number;
  readonly delta: number;
  readonly pessimistic: number;
  readonly optimistic: number | null;
}
interface Profile {
  readonly event: DpEvent;
  readonly neighboring: Neighboring;
  readonly groupSize: number;
  readonly epsilon: number;
  readonly delta: number;
}
interface Selection {
  readonly event: DpEvent & { shape: number | "Infinity" };
  readonly delta: number;
  readonly renyi: number;
}
const file = new URL("./golden/analyses.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8")) as {
  composed: Composed[];
  profile: Profile[];
  selection: Selection[];
};
const price = (event: DpEvent, neighboring: Neighboring, delta: number): number =>
  account(event, { neighboring }).guarantee({ delta }).epsilon.upper;

/** z relative to the distance of replacement, 2C, as other libraries state it for batches of a fixed size, made z = σ/C. */
function fromReplaceSensitivity(noiseMultiplier: number): number {
  return 2 * noiseMultiplier;
}

describe("vectors of dp_accounting's privacy loss distributions", () => {
  for (const [i, row] of vectors.composed.entries()) {
    it(`row ${i}, ${row.event.kind}: the bracket meets theirs`, () => {
      const event = selfComposed(row.event, row.count);
      const { neighboring, delta } = row;
      const { lower, upper } = account(event, { neighboring }).guarantee({ delta, tolerance: 1e-3 }).epsilon;
      expect(lower).toBeLessThanOrEqual(row.pessimistic + 1e-9);
      // their mesh costs them at most this much, ours the tolerance
      expect(upper).toBeLessThanOrEqual(row.pessimistic + 2e-3);
      if (row.optimistic === null) return;
      expect(upper).toBeGreaterThanOrEqual(row.optimistic - 1e-9);
      expect(upper - lower).toBeLessThanOrEqual(2e-3);
    });
  }

  for (const { mechanism, params = {}, delta = NaN, ...row } of goldenRows("mechanism")) {
    const number = (name: string): number => Number(params[name]);
    if (mechanism === "sampled_without_replacement_gaussian") {
      it(`${row.id}: a fixed-size batch costs no more than the Renyi bound of Wang, Balle and Kasiviswanathan`, () => {
        const z = fromReplaceSensitivity(number("noise_multiplier_vs_replace_sensitivity"));
        const event = sampledWithoutReplacement(number("dataset_size"), number("sample_size"), gaussian(z));
        const q = number("sample_size") / number("dataset_size");
        const found = price(selfComposed(event, number("steps")), "replace-one", delta);
        expect(found).toBeLessThanOrEqual(Number(row["eps_rdp"]));
        // no less than the worst data set of which the rest stays as it is: one that moves by 2C
        const floor = account(selfComposed(poissonSampled(q, gaussian(z / 2)), number("steps")), {
          neighboring: "add-or-remove-one",
        }).guarantee({ delta, tolerance: 1e-3 }).epsilon.lower;
        expect(found).toBeGreaterThanOrEqual(floor);
      });
    }
    if (mechanism === "mixture_of_gaussians" || mechanism === "truncated_poisson_gaussian") {
      it(`${row.id}: dp_accounting's value is met`, () => {
        const event =
          mechanism === "mixture_of_gaussians"
            ? mixtureOfGaussians(1, [0, 1, 2], [0.81, 0.18, 0.01])
            : truncatedSubsampledGaussian({
                datasetSize: number("dataset_size"),
                samplingProbability: number("sampling_prob"),
                truncatedBatchSize: number("truncated_batch_size"),
                noiseMultiplier: number("noise_multiplier"),
              });
        const theirs = Number(row["eps_pld_pessimistic_1e-4"]);
        const found = account(selfComposed(event, number("steps")), { neighboring: "add-or-remove-one" });
        const { lower, upper } = found.guarantee({ delta, tolerance: 1e-3 }).epsilon;
        expect(upper).toBeLessThanOrEqual(theirs + 1e-3);
        if (mechanism === "mixture_of_gaussians") expect(upper).toBeGreaterThanOrEqual(theirs - 1e-6);
        expect(lower).toBeLessThanOrEqual(theirs);
      });
    }
  }
});

describe("vectors of plain integration", () => {
  for (const [i, row] of vectors.profile.entries()) {
    it(`row ${i}, ${row.event.kind} under ${row.neighboring}, groups of ${row.groupSize}`, () => {
      const { neighboring, groupSize, epsilon, delta } = row;
      const found = account(row.event, { neighboring, groupSize }).delta({ epsilon, tolerance: 1e-5 });
      expect(found.upper).toBeGreaterThanOrEqual(delta * (1 - 1e-9));
      expect(found.upper).toBeLessThanOrEqual(delta * 1.001);
      expect(found.lower).toBeLessThanOrEqual(delta * (1 + 1e-9));
    });
  }
});

describe("selection", () => {
  for (const { event, delta, renyi } of vectors.selection) {
    const shape = event.shape === "Infinity" ? Infinity : event.shape;
    const ours = { ...event, shape } as DpEvent;
    it(`costs what dp_accounting's Renyi accountant says or a little less: shape ${shape}, delta ${delta}`, () => {
      const found = price(ours, "add-or-remove-one", delta);
      // they search a few orders only
      expect(found).toBeLessThanOrEqual(renyi * (1 + 1e-9));
      expect(found).toBeGreaterThanOrEqual(0.97 * renyi);
    });
  }

  it("keeps the failure probability of every run, which dp_accounting drops", () => {
    const event = repeatAndSelect(epsilonDelta(0.5, 1e-7), 10, 1);
    expect(price(event, "add-or-remove-one", 9.9e-7)).toBe(Infinity);
    expect(price(event, "add-or-remove-one", 1e-5)).toBeLessThanOrEqual(1.5 * (1 + 1e-12));
    expect(account(event, { neighboring: "add-or-remove-one" }).delta({ epsilon: 10 }).upper).toBeGreaterThanOrEqual(
      1e-6,
    );
  });
});

describe("what is certain whatever the numbers", () => {
  const noise = fc.double({ min: 0, max: 1.2, noNaN: true }).map((x) => 10 ** x);
  const share = fc.double({ min: -2.5, max: -0.2, noNaN: true }).map((x) => 10 ** x);
  const seed = 20_240_601;
  const batches = (q: number, z: number): readonly DpEvent[] => [
    poissonSampled(q, laplace(z)),
    poissonSampled(q, discreteLaplace(1 / z, 2)),
    poissonSampled(q, discreteGaussian(z, 1)),
    poissonSampled(q, epsilonDelta(1 / z, 1e-12)),
    poissonSampled(q, composed(gaussian(z), laplace(z))),
    poissonSampled(q, exponentialMechanism(1 / z)),
    mixtureOfGaussians(z, [0, 1, 2], [0.5, 0.25, 0.25]),
    truncatedSubsampledGaussian({
      datasetSize: 500,
      samplingProbability: q,
      truncatedBatchSize: Math.ceil(510 * q),
      noiseMultiplier: z,
    }),
    repeatAndSelect(gaussian(z), 4, 1),
  ];
  const replaced = (q: number, z: number): readonly DpEvent[] => [
    poissonSampled(q, gaussian(z)),
    poissonSampled(q, laplace(z)),
    poissonSampled(q, zcdp(1 / z)),
    sampledWithoutReplacement(1000, Math.ceil(1000 * q), gaussian(z)),
    sampledWithoutReplacement(1000, Math.ceil(1000 * q), composed(gaussian(z), laplace(z))),
    sampledWithReplacement(1000, 2, gaussian(z)),
    randomizedResponse(q, 3),
  ];

  it("A8: a count is as many compositions", () => {
    const property = fc.property(share, noise, fc.integer({ min: 2, max: 4 }), (q, z, n) => {
      for (const [list, neighboring] of [
        [batches(q, z), "add-or-remove-one"],
        [replaced(q, z), "replace-one"],
      ] as const) {
        for (const event of list) {
          const many = price(selfComposed(event, n), neighboring, 1e-6);
          const listed = Array.from({ length: n }, () => event);
          expect(price(composed(...listed), neighboring, 1e-6)).toBe(many);
          expect(many).toBeGreaterThanOrEqual(price(event, neighboring, 1e-6) * (1 - 1e-2));
        }
      }
    });
    fc.assert(property, { seed, numRuns: 2 });
  });

  it("A5: sampling helps, and more of it costs more", () => {
    const property = fc.property(share, noise, fc.double({ min: 1.5, max: 100, noNaN: true }), (q, z, order) => {
      const at = (event: DpEvent, neighboring: Neighboring): number => rdpOfEvent(event, { neighboring, order });
      for (const inner of [gaussian(z), laplace(z), zcdp(1 / z), discreteLaplace(1 / z, 1), exponentialMechanism(1)]) {
        for (const neighboring of ["add-or-remove-one", "replace-one", "zero-out"] as const) {
          const few = at(poissonSampled(q / 2, inner), neighboring);
          const many = at(poissonSampled(q, inner), neighboring);
          expect(few).toBeLessThanOrEqual(many * (1 + 1e-9));
          expect(many).toBeLessThanOrEqual(at(inner, neighboring) * (1 + 1e-9));
        }
      }
    });
    fc.assert(property, { seed, numRuns: 25 });
  });

  it("the grid's bracket lies under the Renyi bound of the same composition", () => {
    for (const [list, neighboring] of [
      [batches(0.1, 2), "add-or-remove-one"],
      [replaced(0.1, 2), "replace-one"],
    ] as const) {
      for (const event of list) {
        const { engines } = account(selfComposed(event, 20), { neighboring }).guarantee({ delta: 1e-6 });
        const [grid, rdp] = ["grid", "rdp"].map((name) => engines.find((e) => e.name === name)?.epsilon);
        if (grid === undefined || rdp === undefined) continue;
        expect(grid.lower).toBeLessThanOrEqual(rdp.upper);
        expect(grid.upper).toBeLessThanOrEqual(rdp.upper);
      }
    }
  });

  it("A24: a group costs at least one record, at most the chain of neighbors, and a group of one is one", () => {
    const delta = 1e-6;
    for (const k of [2, 4]) {
      for (const event of [
        gaussian(4),
        poissonSampled(0.1, gaussian(4)),
        poissonSampled(0.1, laplace(8)),
        zcdp(0.01),
      ]) {
        const neighboring = "add-or-remove-one";
        const one = account(event, { neighboring });
        const group = account(event, { neighboring, groupSize: k }).guarantee({ delta }).epsilon;
        expect(group.upper).toBeGreaterThanOrEqual(one.guarantee({ delta }).epsilon.lower);
        expect(account(event, { neighboring, groupSize: 1 }).guarantee({ delta }).epsilon.upper).toBe(
          one.guarantee({ delta }).epsilon.upper,
        );
        // (kε, δ·(e^kε − 1)/(e^ε − 1)) of one record bounds the group from above
        const e = group.lower / k;
        if (e > 0 && event.kind !== "zcdp") {
          const chained = (one.delta({ epsilon: e }).upper * Math.expm1(k * e)) / Math.expm1(e);
          expect(chained).toBeGreaterThanOrEqual(delta * (1 - 1e-6));
        }
      }
    }
  });

  it("bounded-range mechanisms compose better than pure ones of the same epsilon", () => {
    const [range, pure] = [selfComposed(exponentialMechanism(0.3), 20), selfComposed(epsilonDelta(0.3, 0), 20)];
    expect(price(range, "zero-out", 1e-6)).toBeLessThan(0.8 * price(pure, "zero-out", 1e-6));
    // one of them: δ(ε') = (1 − e^((ε' − ε)/2))²/(1 − e^−ε) [Dong, Durfee, Rogers 2020, arXiv:1909.13830v3, Lemma 3.1]
    const one = account(exponentialMechanism(1), { neighboring: "zero-out" }).delta({ epsilon: 0.4, tolerance: 1e-6 });
    const exact = Math.expm1(-0.3) ** 2 / -Math.expm1(-1);
    expect(one.upper).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
    expect(one.upper).toBeLessThan(exact * 1.001);
  });
});
