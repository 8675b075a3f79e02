import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RoundEvent, type RoundPlan, type RoundState, advanceRound, nextWakeMs, openRound } from "./round.ts";

const plan: RoundPlan = {
  round: 4,
  minClients: 2,
  quorum: 2,
  cohortSize: null,
  idleMs: 100,
  reconnectMs: 30,
  graceMs: 50,
  gatherMs: 1000,
};
const sites = ["a", "b", "c", "d"];
const site = fc.constantFrom(...sites);
const atMs = fc.integer({ min: 0, max: 400 });
const round = fc.constantFrom(3, 4, 5);

const anyEvent: fc.Arbitrary<RoundEvent> = fc.oneof(
  fc.record({
    kind: fc.constant("site-ready" as const),
    site,
    weight: fc.constantFrom(0, 1, 2.5),
    ticket: fc.nat(9),
    atMs,
  }),
  fc.record({ kind: fc.constant("site-gone" as const), site, mayReturn: fc.boolean(), atMs }),
  fc.record({ kind: fc.constant("site-back" as const), site, atMs }),
  fc.record({ kind: fc.constant("progress" as const), site, atMs }),
  fc.record({ kind: fc.constant("delivered" as const), site, round, atMs }),
  fc.record({ kind: fc.constant("rejected" as const), site, round, reason: fc.constant("shape" as const), atMs }),
  fc.record({ kind: fc.constant("declined" as const), site, round, reason: fc.constant("budget" as const), atMs }),
  fc.record({ kind: fc.constant("tick" as const), atMs }),
);

interface Played {
  readonly state: RoundState;
  readonly ends: number;
  readonly asked: readonly string[];
  readonly released: readonly string[];
}

function play(events: readonly RoundEvent[], from: RoundPlan = plan): Played {
  let { state } = openRound(from, new Map(), 0);
  let ends = 0;
  const asked: string[] = [];
  const released: string[] = [];
  for (const event of events) {
    const next = advanceRound(state, event);
    state = next.state;
    for (const command of next.commands) {
      if (command.kind === "instruct") asked.push(...command.sites);
      if (command.kind === "release") released.push(...command.sites);
      if (command.kind === "release" || command.kind === "abandon") ends += 1;
    }
  }
  return { state, ends, asked, released };
}

const isOver = (state: RoundState): boolean => state.phase === "released" || state.phase === "abandoned";

describe("a round, under any order of events,", () => {
  it("ends at most once and then stays as it is", () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
        const { state, ends } = play(events);
        expect(ends).toBe(isOver(state) ? 1 : 0);
      }),
      { numRuns: 1000, seed: 1 },
    );
  });

  it("releases only who delivered for this round with weight, asked first, sorted, at least a quorum", () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
        const { released, asked, state } = play(events);
        expect(released).toEqual([...released].sort());
        for (const s of released) {
          expect(asked).toContain(s);
          expect(events).toContainEqual(expect.objectContaining({ kind: "delivered", site: s, round: 4 }));
          expect(state.seats.get(s)?.weight).toBeGreaterThan(0);
        }
        if (state.phase === "released") expect(released.length).toBeGreaterThanOrEqual(plan.quorum);
        else expect(released).toEqual([]);
      }),
      { numRuns: 1000, seed: 2 },
    );
  });

  it("asks each site at most once, and again only when it is back", () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
        const { asked } = play(events);
        for (const s of new Set(asked)) {
          const backs = events.filter((e) => e.kind === "site-back" && e.site === s).length;
          expect(asked.filter((a) => a === s).length).toBeLessThanOrEqual(1 + backs);
        }
      }),
      { numRuns: 1000, seed: 3 },
    );
  });

  it("is never stuck: ticking when it asks to be woken always ends it", () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), fc.constantFrom(null, 50), (events, graceMs) => {
        let { state } = play(events, { ...plan, graceMs });
        for (let ticks = 0; !isOver(state); ticks++) {
          expect(ticks).toBeLessThan(sites.length + 3);
          const wake = nextWakeMs(state);
          expect(wake).not.toBeNull();
          ({ state } = advanceRound(state, { kind: "tick", atMs: wake ?? 0 }));
        }
      }),
      { numRuns: 1000, seed: 4 },
    );
  });

  it("ends at once when cancelled", () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
        const { state } = play([...events, { kind: "cancelled", atMs: 0 }]);
        expect(isOver(state)).toBe(true);
      }),
      { numRuns: 300, seed: 5 },
    );
  });

  it("does not care in which order the deliveries come", () => {
    const ready = new Map(sites.map((s) => [s, { weight: 1, ticket: 0 }]));
    const deliveries = sites.map((s): RoundEvent => ({ kind: "delivered", site: s, round: 4, atMs: 1 }));
    fc.assert(
      fc.property(fc.shuffledSubarray(deliveries, { minLength: sites.length }), (order) => {
        let { state } = openRound({ ...plan, graceMs: null }, ready, 0);
        let released: readonly string[] = [];
        for (const event of order) {
          const next = advanceRound(state, event);
          state = next.state;
          for (const c of next.commands) if (c.kind === "release") released = c.sites;
        }
        expect(released).toEqual(sites);
      }),
      { numRuns: 100, seed: 6 },
    );
  });
});

describe("a round", () => {
  const ready = new Map(["a", "b"].map((s) => [s, { weight: 1, ticket: 0 }]));

  it("C-P35: asks eight of eight sites, each once", () => {
    const eight = new Map(Array.from({ length: 8 }, (_, i) => [`site-${i}`, { weight: 1, ticket: i }]));
    const { commands } = openRound({ ...plan, minClients: 8 }, eight, 0);
    expect(commands).toEqual([{ kind: "instruct", sites: [...eight.keys()] }]);
  });

  it("fails a site that shows no progress, and progress puts that off", () => {
    const lone = { ...plan, quorum: 1, graceMs: null };
    let { state } = openRound(lone, ready, 0);
    ({ state } = advanceRound(state, { kind: "delivered", site: "a", round: 4, atMs: 10 }));
    ({ state } = advanceRound(state, { kind: "progress", site: "b", atMs: 90 }));
    ({ state } = advanceRound(state, { kind: "tick", atMs: 189 }));
    expect(state.phase).toBe("collecting");
    ({ state } = advanceRound(state, { kind: "tick", atMs: 190 }));
    expect(state.phase).toBe("released");
    expect(state.seats.get("b")).toMatchObject({ status: "failed", reason: "deadline" });
  });

  it("waits for stragglers no longer than the grace after the quorum", () => {
    let { state } = openRound({ ...plan, quorum: 1 }, ready, 0);
    ({ state } = advanceRound(state, { kind: "delivered", site: "a", round: 4, atMs: 10 }));
    expect(nextWakeMs(state)).toBe(60);
    ({ state } = advanceRound(state, { kind: "tick", atMs: 60 }));
    expect(state.seats.get("b")).toMatchObject({ status: "failed", reason: "straggler" });
    expect(state.phase).toBe("released");
  });

  it("with fewer updates than the quorum is abandoned, and says so", () => {
    let { state } = openRound(plan, ready, 0);
    ({ state } = advanceRound(state, { kind: "delivered", site: "a", round: 4, atMs: 1 }));
    ({ state } = advanceRound(state, { kind: "site-gone", site: "b", mayReturn: false, atMs: 2 }));
    expect(state).toMatchObject({ phase: "abandoned", abandoned: "quorum not met" });
  });
});
