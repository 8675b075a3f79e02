import { account } from "../accounting/index.ts";
import { invalidArgument } from "../core/index.ts";
import { selfComposed } from "../events/index.ts";
import type { PrivacyCard } from "./card.ts";
import type { EpsilonByStep } from "./epsilon-chart.ts";

// Two dozen points draw the curve of a square root; each costs one run of the accountant.
const pricedPoints = 24;

/**
 * The running epsilon as the card's own accountant sees it. A trainer counts with a fast and looser bound; a picture that
 * ends above the card's number would contradict it. Some of the curve's steps are priced again, the rest dropped.
 *
 * @returns steps out of `curve.steps`, the last included; Infinity throughout where the card claims nothing.
 * @throws PrivacyError `invalid_argument` when the curve is longer than the run.
 * @guarantee Each value is an upper bound on what the run has spent by then: the least of the trainer's bound, the
 * accountant's for that many steps, and the bound for any later step, up to the card's own for the whole.
 */
export function repriceCurve(curve: EpsilonByStep, card: PrivacyCard): EpsilonByStep {
  const last = curve.steps.at(-1) ?? 0;
  const { event } = card.accounting;
  const { epsilon, delta, neighboring, variant } = card.guarantee;
  if (last > card.mechanism.steps) {
    throw invalidArgument("epsilonByStep.steps", `at most the card's ${card.mechanism.steps} steps`, last);
  }
  if (variant === "none") return { ...curve, epsilon: curve.epsilon.map(() => Infinity) };
  const isRepeated = event.kind === "self-composed" && event.count === card.mechanism.steps;
  const kept = isRepeated ? spread(curve.steps) : curve.steps.map((_, i) => i);
  let least = epsilon;
  const priced = kept.toReversed().map((i) => {
    const [step, running] = [curve.steps[i], curve.epsilon[i]];
    least = Math.min(least, running);
    if (isRepeated && step < event.count) {
      const part = account(selfComposed(event.event, step), { neighboring }).guarantee({ delta });
      least = Math.min(least, part.epsilon.upper);
    }
    return { step, epsilon: least };
  });
  const points = priced.toReversed();
  return { ...curve, steps: points.map((p) => p.step), epsilon: points.map((p) => p.epsilon) };
}

/** Indices of steps near T·(i/24)², where a square root bends; the last always. */
function spread(steps: readonly number[]): number[] {
  const last = steps.at(-1) ?? 0;
  const wanted = Array.from({ length: pricedPoints }, (_, i) => last * ((i + 1) / pricedPoints) ** 2);
  const nearest = wanted.map((step) => steps.findIndex((s) => s >= step * (1 - 1e-12)));
  return [...new Set([...nearest.filter((i) => i >= 0), steps.length - 1])].toSorted((a, b) => a - b);
}
