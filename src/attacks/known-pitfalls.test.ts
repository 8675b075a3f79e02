import { describe, expect, it } from "vitest";
import { gameAgainst, readGame, splitScores } from "./golden.fixture.ts";
import { attackSummary, lira, lossThreshold, modifiedEntropy, rmia, rmiaRatios, rocCurve } from "./index.ts";

// Faults found by reading or running other libraries, each kept out by a test of its own.

const mixture = readGame("mixture_mlp");
const game = gameAgainst(mixture, 64);
const target = 64;

/** A game of one record per column with given OUT and IN shadows, and the target last. */
const smallGame = (
  out: readonly (readonly number[])[],
  inside: readonly (readonly number[])[],
  observed: readonly number[],
): { phi: (readonly number[])[]; membership: boolean[][]; target: number } => ({
  phi: [...out, ...inside, observed],
  membership: [
    ...out.map((row) => row.map(() => false)),
    ...inside.map((row) => row.map(() => true)),
    observed.map(() => false),
  ],
  target: out.length + inside.length,
});

describe("faults of other libraries", () => {
  it("ML Privacy Meter negates a confidence, so its loss attack is mirrored: members with smaller losses score higher", () => {
    const roc = rocCurve(...splitScores(lossThreshold({ phi: game.phi[target] }), game.membership[target]));
    expect(roc.auc).toBeGreaterThan(0.65);
  });

  it("ML Privacy Meter prints the TPR at 0 % as that at 0.1 % when there are fewer than 1000 non-members: ours is marked", () => {
    const scores = {
      members: { losses: [0.1, 0.2] },
      nonMembers: { losses: Array.from({ length: 999 }, (_, i) => 1 + i) },
    };
    const [rate] = attackSummary(scores).tprAtFpr;
    expect(rate.realisedFpr).toBe(0);
    expect(rate.isResolved).toBe(false);
  });

  it("ML Privacy Meter averages the larger half of the population's shadow signals: ours averages all of them", () => {
    // population p: 0.2 and 0.8 in the shadows, 0.5 in the target; mean 0.5, not 0.8
    const logit = (p: number): number => Math.log(p / (1 - p));
    const g = smallGame([[0], [0]], [[0], [0]], [logit(0.55)]);
    const phiPopulation = [0.2, 0.8, 0.2, 0.8, 0.5].map((p) => [logit(p)]);
    // r_x = 0.55 / (0.65·0.5 + 0.35) = 0.815; r_z = 0.5 / (0.65·0.5 + 0.35) = 0.741, or 0.575 with the biased mean
    expect(rmiaRatios({ ...g, mode: "offline" })[0]).toBeCloseTo(0.55 / 0.675, 12);
    expect(rmia({ ...g, mode: "offline", gamma: 1, phiPopulation })[0]).toBe(1);
    // a population record with the same signals is matched, and at gamma 1 a match counts
    const twin = smallGame([[0.3], [0.7]], [], [0.4]);
    expect(rmia({ ...twin, mode: "offline", gamma: 1, phiPopulation: twin.phi })[0]).toBe(1);
    expect(rmia({ ...g, mode: "offline", gamma: 1.2, phiPopulation })[0]).toBe(0);
  });

  it("ML Privacy Meter lets zeros enter the mean of a record with fewer OUT models: ours divides by the record's own count", () => {
    const logit = (p: number): number => Math.log(p / (1 - p));
    const g = {
      phi: [
        [logit(0.6), logit(0.6)],
        [logit(0.6), logit(0.9)],
        [logit(0.6), logit(0.6)],
        [logit(0.6), logit(0.6)],
      ],
      membership: [
        [false, false],
        [false, true],
        [true, true],
        [false, false],
      ],
      target: 3,
    };
    const [a, b] = rmiaRatios({ ...g, mode: "offline" });
    expect(a).toBeCloseTo(0.6 / (0.65 * 0.6 + 0.35), 12);
    expect(b).toBeCloseTo(a, 12);
  });

  it("TensorFlow Privacy's research code takes the spread over records for the spread over models: ours is within a record", () => {
    // two records far apart, spread 1 about their own means
    const g = smallGame(
      [
        [-1, 999],
        [1, 1001],
      ],
      [
        [3, 1003],
        [5, 1005],
      ],
      [4, 1004],
    );
    // N(4; 4, 1) against N(4; 0, 1): 16/2
    expect(Array.from(lira({ ...g, mode: "online", variance: "global" }))).toEqual([8, 8]);
  });

  it("TensorFlow Privacy scores offline LiRA two-sided: records pushed below their OUT mean never look like members to ours", () => {
    const shadows = [[-1], [0], [1]];
    const scoreAt = (phi: number): number =>
      lira({ ...smallGame(shadows, [], [phi]), mode: "offline", variance: "global" })[0];
    expect(scoreAt(-6)).toBeLessThan(scoreAt(0));
    expect(scoreAt(0)).toBeCloseTo(Math.log(0.5), 14);
    expect(scoreAt(6)).toBeGreaterThan(scoreAt(0));
    // and it pays: 0.74 one-sided against about 0.60 two-sided on these models
    const auc = rocCurve(
      ...splitScores(lira({ ...game, target, mode: "offline", variance: "per-record" }), game.membership[target]),
    ).auc;
    expect(auc).toBeGreaterThan(0.7);
  });

  it("a spread floored at 1e-30 sends scores to infinity: ours is floored at a thousandth of the common one", () => {
    const g = smallGame(
      [
        [2, -1],
        [2, 1],
      ],
      [
        [3, 2],
        [3, 4],
      ],
      [2.5, 3],
    );
    const [frozen] = lira({ ...g, mode: "online", variance: "per-record" });
    expect(Number.isFinite(frozen)).toBe(true);
    expect(Math.abs(frozen)).toBeLessThan(1e7);
  });

  it("TensorFlow Privacy overwrites the caller's probabilities: ours copies what it reads", () => {
    const probabilities = [Float32Array.of(0.25, 0.75)];
    const losses = [3, 1, 2];
    const members = [5, 1];
    modifiedEntropy({ probabilities, labels: [1] });
    lossThreshold({ losses });
    rocCurve(members, losses);
    expect(Array.from(probabilities[0])).toEqual([0.25, 0.75]);
    expect(losses).toEqual([3, 1, 2]);
    expect(members).toEqual([5, 1]);
  });

  it("JAX Privacy reports the convex hull, which flatters few records: ours is the raw staircase", () => {
    // two of four pairs won; the hull would have an area of 3/4
    expect(rocCurve([4, 1], [3, 2]).auc).toBe(0.5);
  });

  it("evenly spaced thresholds fail when one score is an outlier: ours go by rank", () => {
    const non = Array.from({ length: 1000 }, (_, i) => i / 1000);
    const members = non.map((x) => x + 0.5);
    const plain = rocCurve(members, non).tprAtFpr(0.01);
    const outlier = rocCurve(members.with(999, 1e300), non).tprAtFpr(0.01);
    expect(outlier).toEqual(plain);
  });

  it("a twin trained on exactly the other half knows the answer: ours leaves it out", () => {
    const bits = Array.from({ length: 40 }, (_, i) => i % 3 === 0);
    const row = (k: number): number[] => bits.map((_, i) => Math.sin(7 * k + i * i));
    const halves = [0, 1, 2, 3].map((k) => bits.map((_, i) => (i + k) % 2 === 0));
    const without = { phi: [0, 1, 2, 3, 9].map(row), membership: [...halves, bits], target: 4 };
    const twin = bits.map((bit) => !bit);
    const withTwin = { phi: [0, 1, 2, 3, 8, 9].map(row), membership: [...halves, twin, bits], target: 5 };
    for (const variance of ["global", "per-record", "shrunk"] as const) {
      expect(lira({ ...withTwin, mode: "online", variance })).toEqual(lira({ ...without, mode: "online", variance }));
    }
  });

  it("a NaN score compares false with every threshold and passes unseen elsewhere: ours is refused", () => {
    expect(() => rocCurve([1, Number.NaN], [0])).toThrow("memberScores");
    expect(() => lossThreshold({ losses: [Number.NaN] })).toThrow("losses");
  });
});

describe("shadow-model attacks refuse by the argument's name", () => {
  const good = smallGame([[0], [1]], [[2], [3]], [1]);
  const online = { mode: "online", variance: "global" } as const;
  it.each([
    ["models without membership", { ...good, membership: good.membership.slice(1) }, "membership"],
    ["rows of unequal length", { ...good, phi: good.phi.with(1, [1, 2]) }, "phi"],
    ["membership that is neither 0 nor 1", { ...good, membership: [[2], [0], [1], [1], [0]] }, "membership"],
    ["a NaN", { ...good, phi: good.phi.with(0, [Number.NaN]) }, "phi"],
    ["an infinite signal", { ...good, phi: good.phi.with(0, [Infinity]) }, "phi"],
    ["a target that is no row", { ...good, target: 5 }, "target"],
    ["a record without IN shadows", { ...good, membership: good.membership.map(() => [false]) }, "membership"],
    ["a record without OUT shadows", { ...good, membership: good.membership.map(() => [true]) }, "membership"],
    ["shadows that do not differ", { ...good, phi: good.phi.map(() => [1]) }, "phi"],
    ["no shadows at all", { ...good, exclude: [0, 1, 2, 3] }, "phi"],
    ["no models", { ...good, phi: [] }, "phi"],
    ["no records", { ...good, phi: good.phi.map(() => []) }, "phi"],
  ])("%s", (_, input, argument) => {
    expect(() => lira({ ...input, ...online })).toThrow(
      expect.objectContaining({ code: "invalid_argument", details: expect.objectContaining({ argument }) }),
    );
  });

  it("a population of another shape, a gamma below one, an a outside [0, 1)", () => {
    const population = good.phi.map(() => [0, 1]);
    const input = { ...good, mode: "online", phiPopulation: population, gamma: 1 } as const;
    expect(rmia(input)).toHaveLength(1);
    expect(() => rmia({ ...input, phiPopulation: population.slice(1) })).toThrow("phiPopulation");
    expect(() => rmia({ ...input, gamma: 0.5 })).toThrow("gamma");
    expect(() => rmia({ ...input, offlineA: 1 })).toThrow("offlineA");
  });
});
