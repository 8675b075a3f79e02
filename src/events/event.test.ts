import { describe, expect, it } from "vitest";
import { fieldsOf } from "./kinds.ts";
import * as events from "./index.ts";

const { composed, gaussian, poissonSampled, selfComposed, validateEvent } = events;

const camel = (kind: string): string => kind.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

describe("builders", () => {
  it("are one per kind, named after it", () => {
    const names = Object.keys(fieldsOf).map(camel);
    expect(names.length).toBe(23);
    for (const name of names) expect(events, name).toHaveProperty(name);
  });

  it("write the JSON that the ledger holds", () => {
    expect(events.eventToJson(selfComposed(poissonSampled(0.01, gaussian(1)), 1000))).toBe(
      '{"count":1000,"event":{"event":{"kind":"gaussian","noiseMultiplier":1},"kind":"poisson-sampled","samplingProbability":0.01},"kind":"self-composed"}',
    );
    expect(events.eventToJson(events.epsilonDelta(Infinity, 0))).toBe(
      '{"delta":0,"epsilon":"Infinity","kind":"epsilon-delta"}',
    );
  });

  it("allow no noise and no steps", () => {
    expect(selfComposed(gaussian(0), 0)).toEqual({
      kind: "self-composed",
      event: { kind: "gaussian", noiseMultiplier: 0 },
      count: 0,
    });
  });

  it.each([
    ["samplingProbability", () => poissonSampled(1.0000001, gaussian(1))],
    ["count", () => selfComposed(gaussian(1), 2.5)],
    ["count", () => selfComposed(gaussian(1), 2 ** 53)],
    ["noiseMultiplier", () => gaussian(Infinity)],
    ["noiseMultiplier", () => gaussian(Number.NaN)],
    ["sampleSize", () => events.sampledWithoutReplacement(10, 11, gaussian(1))],
    ["samplingProbs", () => events.mixtureOfGaussians(1, [0, 1], [0.5, 0.4])],
    ["samplingProbs", () => events.mixtureOfGaussians(1, [0, 1], [1])],
    ["mean", () => events.repeatAndSelect(gaussian(1), 0.5, 1)],
    ["stepCounts[1]", () => events.singleEpochTreeAggregation(1, [4, 0.5])],
    ["numBuckets", () => events.randomizedResponse(0.5, 0)],
  ])("refuse a wrong %s by name", (field, action) => {
    expect(action).toThrow(`[invalid_argument] ${field} must be`);
  });
});

describe("validateEvent", () => {
  it("names the path of a fault deep inside", () => {
    const value = {
      kind: "composed",
      events: [{ kind: "no-op" }, { kind: "poisson-sampled", samplingProbability: 2, event: {} }],
    };
    expect(() => validateEvent(value)).toThrow("events[1].samplingProbability must be a probability in [0, 1], got 2");
    expect(() => validateEvent(value, "schedule")).toThrow("schedule.events[1].samplingProbability must be");
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["text", "gaussian"],
    ["a list", [{ kind: "no-op" }]],
    ["an unknown kind", { kind: "skellam", mu: 1 }],
    ["a kind that every object inherits", { kind: "constructor" }],
    ["a prototype's kind", Object.create({ kind: "no-op" })],
    ["a prototype's field", Object.assign(Object.create({ noiseMultiplier: 1 }) as object, { kind: "gaussian" })],
    ["a key that pollutes", JSON.parse('{"kind":"no-op","__proto__":{"noiseMultiplier":1}}')],
    ["a symbol", { kind: "no-op", [Symbol("x")]: 1 }],
    ["a missing field", { kind: "gaussian" }],
    // eslint-disable-next-line no-sparse-arrays
    ["a hole in a list", { kind: "composed", events: [{ kind: "no-op" }, ,] }],
  ])("refuses %s", (_, value) => {
    expect(() => validateEvent(value)).toThrow("[invalid_argument]");
  });

  it("bounds the depth, for what was built and for what was read", () => {
    const nest = (levels: number, wrap: (inner: events.DpEvent) => events.DpEvent): events.DpEvent =>
      Array.from({ length: levels }).reduce<events.DpEvent>((inner) => wrap(inner), gaussian(1));
    expect(() => nest(63, (event) => ({ kind: "self-composed", event, count: 1 }))).not.toThrow();
    expect(() => validateEvent(nest(63, (event) => ({ kind: "self-composed", event, count: 1 })))).not.toThrow();
    expect(() => validateEvent(nest(65, (event) => ({ kind: "self-composed", event, count: 1 })))).toThrow(
      "nested at most",
    );
    expect(() => nest(65, (event) => composed(event))).toThrow("nested at most");
    const text = '{"kind":"composed","events":['.repeat(20_000) + "]}".repeat(20_000);
    expect(() => events.eventFromJson(text)).toThrow("nested at most");
  });

  it("copies what it was given: a later change does not reach it", () => {
    const value = { kind: "single-epoch-tree-aggregation", noiseMultiplier: 1, stepCounts: [4] };
    const event = validateEvent(value);
    value.noiseMultiplier = 9;
    value.stepCounts[0] = 9;
    expect(event).toEqual({ kind: "single-epoch-tree-aggregation", noiseMultiplier: 1, stepCounts: [4] });
  });

  it("does not repeat what it was given at length", () => {
    expect(() => validateEvent({ kind: "x".repeat(1000) })).toThrow(/^.{1,300}$/);
  });

  it("reads Infinity as text where it may be, and nowhere else", () => {
    expect(validateEvent({ kind: "zcdp", rho: "Infinity", xi: 0 })).toEqual(events.zcdp(Infinity));
    expect(() => validateEvent({ kind: "gaussian", noiseMultiplier: "Infinity" })).toThrow("noiseMultiplier must be");
  });
});
