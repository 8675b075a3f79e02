import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { account } from "../accounting/index.ts";
import { type DpEvent, composed, gaussian, poissonSampled, selfComposed } from "../events/index.ts";
import { buildPrivacyCard } from "./build-card.ts";
import type { CardRun } from "./card-input.ts";
import { fixtureInput } from "./card.fixture.ts";
import { parsePrivacyCard, renderCardJson } from "./card-json.ts";
import { renderCardMarkdown } from "./card-markdown.ts";
import { describeEvent } from "./event-facts.ts";
import { notAvailable } from "./not-available.ts";
import { tierOf } from "./statement.ts";

const gaussians = fc.double({ min: 0.3, max: 20, noNaN: true }).map(gaussian);
const steps = fc.oneof(
  gaussians,
  fc.tuple(fc.double({ min: 1e-5, max: 1, noNaN: true }), gaussians).map(([q, g]) => poissonSampled(q, g)),
);
const events: fc.Arbitrary<DpEvent> = fc.oneof(
  fc.tuple(steps, fc.integer({ min: 1, max: 3000 })).map(([event, count]) => selfComposed(event, count)),
  fc.array(steps, { minLength: 1, maxLength: 3 }).map((parts) => composed(...parts)),
);
const deltas = fc.double({ min: -12, max: -2, noNaN: true }).map((exponent) => 10 ** exponent);

function runOf(event: DpEvent, delta: number): Partial<CardRun> {
  return { event, delta, samplingActual: describeEvent(event).sampling, datasetSize: notAvailable("not public") };
}

describe("for any event", () => {
  it("no printed epsilon is below the accountant's upper bound, and the Markdown has no hole", () => {
    fc.assert(
      fc.property(events, deltas, (event, delta) => {
        const { upper } = account(event, { neighboring: "add-or-remove-one" }).guarantee({ delta }).epsilon;
        const card = buildPrivacyCard(fixtureInput(runOf(event, delta)));
        const markdown = renderCardMarkdown(card);
        const printed = /\*\*([^*]+)\*\*/.exec(markdown.slice(markdown.indexOf("ε (upper bound")))?.[1];
        expect(card.guarantee.epsilon).toBe(upper);
        expect(Number(printed)).toBeGreaterThanOrEqual(upper);
        expect(card.summary.headline.epsilon).toBeGreaterThanOrEqual(upper);
        expect(card.summary.tier).toBe(tierOf(upper));
        expect(markdown).not.toMatch(/NaN|undefined|null|\[object/);
        expect(parsePrivacyCard(renderCardJson(card))).toEqual(card);
        const tabulated = card.guarantee.profile.filter((point) => point.delta !== delta);
        tabulated.slice(1).forEach((point, i) => {
          expect(point.delta).toBeLessThan(tabulated[i]?.delta ?? 0);
          expect(point.epsilon).toBeGreaterThanOrEqual(tabulated[i]?.epsilon ?? Infinity);
        });
      }),
      { seed: 11, numRuns: 12 },
    );
  });
});
