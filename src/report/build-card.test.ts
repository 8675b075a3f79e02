import { describe, expect, it } from "vitest";
import { maxTpr } from "../attacks/index.ts";
import { markNotPrivate } from "../core/index.ts";
import { gaussian, nonPrivate, poissonSampled, selfComposed } from "../events/index.ts";
import { buildPrivacyCard } from "./build-card.ts";
import type { CardMetric } from "./card.ts";
import { dpSgdEvent, fixtureAttack, fixtureInput } from "./card.fixture.ts";
import { parsePrivacyCard, renderCardJson } from "./card-json.ts";
import { renderCardMarkdown } from "./card-markdown.ts";
import { attackCap } from "./claim.ts";
import { isNotAvailable, notAvailable } from "./not-available.ts";

const hasPrivacyWord = /differential|\bDP\b|dp-sgd/i;

describe("delta 1e-5 looks harmless at N = 60000", () => {
  // dp_accounting's PLD: 2.984176 after 14,062 steps. The card's number is an upper bound, by whatever engine.
  it("P07 prints an upper bound on the epsilon of the tutorial, and N·δ", () => {
    const card = buildPrivacyCard(fixtureInput());
    expect(card.summary.headline.epsilon).toBeGreaterThanOrEqual(2.984176);
    expect(card.summary.headline.epsilon).toBeLessThanOrEqual(3.186);
    expect(card.guarantee.deltaJustification.expectedDisclosures).toBeCloseTo(0.006, 12);
    expect(card.guarantee.deltaJustification.warning).toBe("");
    expect(card.hazards.find((h) => h.id === "delta-not-small")?.status).toBe("clear");
  });

  it("P07 warns at 1e-5, where 0.6 records may be published outright, and prints 0.6", () => {
    const card = buildPrivacyCard(fixtureInput({ delta: 1e-5 }));
    // 60 000 times 1e-5 is 0.6000000000000001 in doubles
    expect(card.guarantee.deltaJustification.expectedDisclosures).toBe(0.6);
    expect(card.guarantee.deltaJustification.text).toMatch(/N·δ = 0\.6,/);
    expect(card.guarantee.deltaJustification.warning).toMatch(/0\.6.* is not small/);
    expect(card.hazards.find((h) => h.id === "delta-not-small")?.status).toBe("present");
    expect(renderCardMarkdown(card)).toMatch(/N·δ \| 0\.6/);
  });
});

describe("an impossible delta", () => {
  it.each([2, 1, 0, -1e-5, NaN])("%s is refused, naming delta and its range", (delta) => {
    expect(() => buildPrivacyCard(fixtureInput({ delta }))).toThrow(/delta must be a number in \(0, 1\)/);
  });
});

describe("a linear model and a deep one report the same epsilon", () => {
  it("P19 since epsilon, its event and its digest depend on q, z, T and delta alone", () => {
    const linear = buildPrivacyCard(fixtureInput());
    const { subject, attacks } = fixtureInput();
    const artifacts = [{ path: "resnet.bin", sha256: "cd".repeat(32), bytes: 44_000_000 }];
    const deep = buildPrivacyCard(
      fixtureInput(
        { clip: { kind: "flat", norm: 7 } },
        { subject: { ...subject, name: "resnet", artifacts }, attacks },
      ),
    );
    expect(deep.guarantee).toEqual(linear.guarantee);
    expect(deep.accounting).toEqual(linear.accounting);
    expect(deep.cardId).not.toBe(linear.cardId);
    expect(linear.accounting.dependsOn).toEqual([
      "sampling probability",
      "noise multiplier",
      "steps",
      "delta",
      "neighboring relation",
    ]);
  });
});

describe("clipping is not privacy", () => {
  it("P21 gives noise 0 an infinite epsilon, no tier, and no word of differential privacy", () => {
    const card = buildPrivacyCard(fixtureInput({ event: dpSgdEvent(10, 0) }));
    expect(card.guarantee).toMatchObject({ epsilon: Infinity, variant: "none" });
    expect(card.summary.tier).toBe("none");
    expect(card.guarantee.attackBounds.every((bound) => bound.maxTpr === 1)).toBe(true);
    expect(JSON.parse(renderCardJson(card))).toMatchObject({ guarantee: { epsilon: "Infinity" } });
    expect(renderCardJson(card)).not.toMatch(hasPrivacyWord);
    expect(renderCardMarkdown(card)).not.toMatch(hasPrivacyWord);
    expect(renderCardMarkdown(card)).toMatch(/No privacy is claimed/);
  });

  it("treats a non-private step the same", () => {
    const card = buildPrivacyCard(fixtureInput({ event: nonPrivate(), samplingActual: "full-batch" }));
    expect(card.summary).toMatchObject({ tier: "none", headline: { epsilon: Infinity } });
  });

  it("P21 calls epsilon 70333 no protection, with a cap of 1 on every attack", () => {
    // One Gaussian of μ = 1/z: ε is about μ²/2 + 5.2 μ = 70,513 at δ = 1e-7.
    const event = gaussian(0.0027);
    const card = buildPrivacyCard(fixtureInput({ event, samplingActual: "full-batch" }));
    expect(card.guarantee.epsilon).toBeGreaterThanOrEqual(70_333);
    expect(card.summary.tier).toBe("weak");
    expect(card.guarantee.attackBounds.map((bound) => bound.maxTpr)).toEqual([1, 1, 1, 1]);
    expect(card.summary.statement).toContain("no protection");
    expect(renderCardMarkdown(card)).toContain("no protection");
  });
});

describe("a claim that does not stand", () => {
  it("is not made when the noise came from a seed, though the mechanism's own epsilon stays on record", () => {
    const randomness = { source: "seeded-test", floatHardening: "rounded-to-grid" } as const;
    const card = buildPrivacyCard(fixtureInput({ randomness }));
    expect(card.guarantee).toMatchObject({ epsilon: Infinity, variant: "none" });
    expect(card.summary.tier).toBe("none");
    expect(card.summary.statement).toMatch(/seeded test generator/);
    expect(card.accounting.epsilon.upper).toBe(buildPrivacyCard(fixtureInput()).guarantee.epsilon);
  });

  it("is not made when the loader shuffled and the accountant was told Poisson", () => {
    const card = buildPrivacyCard(fixtureInput({ samplingActual: "shuffled" }));
    expect(card.mechanism.sampling).toMatchObject({ assumed: "poisson", actual: "shuffled", match: false });
    expect(card.summary).toMatchObject({ tier: "none", headline: { epsilon: Infinity } });
    expect(card.hazards.find((h) => h.id === "sampling-mismatch")?.status).toBe("present");
  });

  it("is refuted by a valid lower bound above it, and by nothing less", () => {
    const bounded = (value: number) =>
      buildPrivacyCard(
        fixtureInput(
          {},
          { attacks: [fixtureAttack({ epsilonLowerBound: { value, significance: 0.05, method: "one-run" } })] },
        ),
      );
    expect(bounded(4).empirical.verdict).toBe("inconsistent");
    expect(bounded(4).summary.tier).toBe("none");
    expect(bounded(4).summary.statement).toContain("refuted");
    expect(bounded(1).empirical.verdict).toBe("consistent");
    expect(buildPrivacyCard(fixtureInput()).empirical.verdict).toBe("consistent");
    expect(buildPrivacyCard(fixtureInput({}, { attacks: [] })).empirical.verdict).toBe("not-run");
  });

  it("has its batch size, probability and size of data agree", () => {
    expect(() => buildPrivacyCard(fixtureInput({ expectedBatchSize: 512 }))).toThrow(/expectedBatchSize must be/);
  });
});

describe("the bound on attacks", () => {
  it("is never above what the single (epsilon, delta) implies", () => {
    const card = buildPrivacyCard(fixtureInput());
    for (const { fpr, maxTpr: bound } of card.guarantee.attackBounds) {
      expect(bound).toBeLessThanOrEqual(maxTpr(card.guarantee.epsilon, 1e-7, fpr));
      expect(bound).toBeGreaterThanOrEqual(fpr);
    }
    const cap = attackCap(card);
    for (const { fpr, maxTpr: bound } of card.guarantee.attackBounds) expect(cap(fpr)).toBe(bound);
    for (let fpr = 1e-7; fpr < 1; fpr *= 1.37) expect(cap(fpr * 1.37)).toBeGreaterThanOrEqual(cap(fpr));
  });

  it("of a single Gaussian is its exact curve, rounded up", () => {
    const card = buildPrivacyCard(fixtureInput({ event: gaussian(1), samplingActual: "full-batch" }));
    // Φ(Φ⁻¹(0.01) + 1), by mpmath at 30 digits, cut off at 16.
    const exact = 0.0923622480736939;
    expect(attackCap(card)(0.01)).toBeGreaterThanOrEqual(exact);
    expect(attackCap(card)(0.01)).toBeLessThanOrEqual(exact * (1 + 1e-9));
  });
});

describe("what is not private", () => {
  const metric: CardMetric = {
    name: "accuracy",
    value: 0.99,
    interval: notAvailable("not computed"),
    split: "training",
    isSplitPrivate: true,
    isPrivateRelease: false,
  };

  it("is withheld when it was measured on protected records without noise", () => {
    const { utility } = fixtureInput();
    const card = buildPrivacyCard(fixtureInput({}, { utility: { ...utility, metrics: [metric] } }));
    expect(isNotAvailable(card.utility.metrics[0]?.value)).toBe(true);
    expect(renderCardJson(card)).not.toContain("0.99");
    expect(card.scope.notCovered.map((entry) => entry.what)).toContain("metrics on protected records");
  });

  it("has no type and no JSON form that a card accepts", () => {
    const { utility } = fixtureInput();
    const hidden = markNotPrivate(0.0123);
    // @ts-expect-error a NotPrivate value does not fit a card's field
    const smuggled: CardMetric = { ...metric, value: hidden, isSplitPrivate: false };
    expect(() => buildPrivacyCard(fixtureInput({}, { utility: { ...utility, metrics: [smuggled] } }))).toThrow(
      /\[invalid_state\].*not private/,
    );
  });
});

describe("every card", () => {
  it("is frozen, has at least 8 points of the profile, and reads back as it was", () => {
    const card = buildPrivacyCard(fixtureInput());
    expect(card.guarantee.profile.length).toBeGreaterThanOrEqual(8);
    expect(Object.isFrozen(card.guarantee.profile)).toBe(true);
    expect(parsePrivacyCard(renderCardJson(card))).toEqual(card);
  });

  it("shows group privacy by the chain of neighbors", () => {
    const event = selfComposed(poissonSampled(0, gaussian(1)), 3);
    const input = fixtureInput({ event, expectedBatchSize: 1, datasetSize: notAvailable("secret") });
    const [pair] = buildPrivacyCard(input).guarantee.groupPrivacy;
    expect(pair?.epsilon).toBe(0);
    expect(pair?.delta).toBeCloseTo(2e-7, 15);
  });
});
