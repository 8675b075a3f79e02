import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPrivacyError } from "../core/index.ts";
import { anyEvent } from "./event.fixture.ts";
import {
  type DpEvent,
  canonicalJson,
  eventFromJson,
  eventSize,
  eventToJson,
  fromDpAccounting,
  toDpAccounting,
  validateEvent,
  visitEvent,
} from "./index.ts";

const runs = { numRuns: 400, seed: 20_240_515 };

/** The message of the refusal; fails the test when there is none. */
function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (isPrivacyError(error) && error.code === "invalid_argument") return error.message;
    throw error;
  }
  return expect.fail("was accepted");
}

/** A plain, thawed copy whose keys come in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

/** Every number of an event, as a way to write something else in its place, with its path. */
function numbersOf(value: unknown, path = ""): { path: string; write: (replacement: unknown) => void }[] {
  if (typeof value !== "object" || value === null) return [];
  const target = value as Record<string, unknown>;
  return Object.entries(target).flatMap(([key, member]) => {
    const here = Array.isArray(value) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    if (typeof member !== "number") return numbersOf(member, here);
    return [{ path: here, write: (replacement: unknown) => void (target[key] = replacement) }];
  });
}

describe("events", () => {
  it("come back from JSON as they went, and their text from reading", () => {
    fc.assert(
      fc.property(anyEvent(), (event) => {
        const text = eventToJson(event);
        expect(eventFromJson(text)).toEqual(event);
        expect(eventToJson(eventFromJson(text))).toBe(text);
      }),
      runs,
    );
  });

  it("have one canonical text, whatever the order of their keys", () => {
    fc.assert(
      fc.property(anyEvent(), (event) => {
        expect(canonicalJson(reversed(event))).toBe(canonicalJson(event));
        expect(eventToJson(validateEvent(reversed(event)))).toBe(eventToJson(event));
      }),
      runs,
    );
  });

  it("are frozen to the leaves", () => {
    fc.assert(
      fc.property(anyEvent(), (event) => {
        visitEvent(event, (_, e) => {
          expect(Object.isFrozen(e)).toBe(true);
          for (const member of Object.values(e)) expect(Object.isFrozen(member)).toBe(true);
        });
      }),
      runs,
    );
  });

  it("refuse NaN, −1, text and nothing in the place of any number, and say where", () => {
    fc.assert(
      fc.property(anyEvent(), fc.nat(), (event, pick) => {
        for (const bad of [Number.NaN, -1, "1", "", null, undefined, [1], -Infinity, "NaN"]) {
          const copy = reversed(event);
          const numbers = numbersOf(copy);
          const chosen = numbers[pick % Math.max(1, numbers.length)];
          if (chosen === undefined) return;
          chosen.write(bad);
          expect(refusal(() => validateEvent(copy))).toContain(`${chosen.path} must be`);
        }
      }),
      runs,
    );
  });

  it("refuse a field too many, at any depth, and say where", () => {
    fc.assert(
      fc.property(anyEvent(), fc.nat(), (event, pick) => {
        const copy = reversed(event) as DpEvent;
        const places: [string, DpEvent][] = [];
        visitEvent(copy, (path, e) => places.push([path, e]));
        const [path, place] = places[pick % places.length] ?? expect.fail("no place");
        Object.assign(place, { epsilom: 1 });
        expect(refusal(() => validateEvent(copy))).toContain(
          path === "" ? "epsilom must be absent" : `${path}.epsilom must`,
        );
      }),
      runs,
    );
  });

  it("are visited once each, parents first, at paths that lead to them", () => {
    fc.assert(
      fc.property(anyEvent(), (event) => {
        const seen: string[] = [];
        visitEvent(event, (path, e) => {
          const found = path
            .split(/[.[\]]+/)
            .filter((step) => step !== "")
            .reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], event);
          expect(found).toBe(e);
          seen.push(path);
        });
        expect(new Set(seen).size).toBe(seen.length);
        expect(eventSize(event)).toBe(seen.length);
      }),
      runs,
    );
  });

  it("come back from dp_accounting's form, where it has the kind", () => {
    const own = new Set(["shuffled", "banded-matrix", "discrete-gaussian-sum"]);
    let compared = 0;
    fc.assert(
      fc.property(anyEvent(), (event) => {
        let isShared = true;
        visitEvent(event, (_, e) => (isShared &&= !own.has(e.kind)));
        if (!isShared) return;
        compared += 1;
        expect(fromDpAccounting(JSON.parse(JSON.stringify(toDpAccounting(event))))).toEqual(event);
      }),
      runs,
    );
    expect(compared).toBeGreaterThan(100);
  });
});
