import { describe, expect, it } from "vitest";
import { account, stepwiseEpsilon } from "../accounting/index.ts";
import { gaussian, poissonSampled } from "../events/index.ts";
import { buildPrivacyCard } from "./build-card.ts";
import { dpSgdEvent, fixtureInput } from "./card.fixture.ts";
import { repriceCurve } from "./reprice-curve.ts";

const steps = 234;
const card = buildPrivacyCard(fixtureInput({ event: dpSgdEvent(steps, 0.62), delta: 1e-5 }));
const running = stepwiseEpsilon(poissonSampled(256 / 60_000, gaussian(0.62)), {
  neighboring: "add-or-remove-one",
  delta: 1e-5,
  steps,
});
const all = Array.from({ length: steps }, (_, i) => i + 1);
const curve = { steps: all, epsilon: all.map((step) => 1.05 * running(step)), target: 2.5, delta: 1e-5 };

describe("the running epsilon on a card", () => {
  const priced = repriceCurve(curve, card);

  it("ends at the card's epsilon, not at a looser bound", () => {
    expect(curve.epsilon.at(-1)).toBeGreaterThan(card.guarantee.epsilon);
    expect(priced.epsilon.at(-1)).toBe(card.guarantee.epsilon);
    expect(priced.steps.at(-1)).toBe(steps);
  });

  it("never falls, and is at no step below what that step is certain to have cost", () => {
    expect(priced.steps.length).toBeGreaterThan(12);
    priced.steps.forEach((step, i) => {
      const { epsilon } = account(dpSgdEvent(step, 0.62), { neighboring: "add-or-remove-one" }).guarantee({
        delta: 1e-5,
      });
      const shown = priced.epsilon[i] ?? NaN;
      expect(shown).toBeGreaterThanOrEqual(epsilon.lower);
      expect(shown).toBeLessThanOrEqual(Math.min(epsilon.upper, 1.05 * running(step)));
      expect(shown).toBeGreaterThanOrEqual(priced.epsilon[i - 1] ?? 0);
    });
  });

  it("rises along the run: the budget is not spent in the first steps", () => {
    const early = priced.epsilon[priced.steps.findIndex((step) => step > steps / 10)] ?? NaN;
    expect(early).toBeLessThan(0.8 * card.guarantee.epsilon);
  });
});
