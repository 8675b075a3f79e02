import erfc from "@stdlib/math-base-special-erfc";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { isPrivacyError } from "../core/index.ts";
import { Folders, bytesOf, gaussianStep, scopeOptions } from "./ledger.fixture.ts";
import { type Ledger, openLedger, readLedger, verifyLedger } from "./index.ts";

const folders = new Folders();
afterAll(() => folders.remove());

type Move =
  | { readonly kind: "schedule"; readonly z: number; readonly steps: number }
  | { readonly kind: "reserve"; readonly run: number; readonly steps: number }
  | { readonly kind: "commit"; readonly reservation: number; readonly share: number }
  | { readonly kind: "close"; readonly run: number }
  | { readonly kind: "crash"; readonly tornBytes: number }
  | { readonly kind: "reopen" };

const pick = fc.nat(5);
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("schedule"),
      z: fc.constantFrom(2, 4, 8, 15),
      steps: fc.integer({ min: 1, max: 40 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("reserve"), run: pick, steps: fc.integer({ min: 1, max: 15 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("commit"),
      reservation: pick,
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("close"), run: pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("crash"), tornBytes: fc.nat(80) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reopen") }) },
) as fc.Arbitrary<Move>;

interface ModelRun {
  readonly z: number;
  readonly scheduled: number;
  used: number;
  reserved: number;
  open: boolean;
  /** Steps that a dead process may have drawn: the truth that nobody but this test knows. */
  drawn: number;
}

/** An adversary with its own notebook, written without looking at the ledger's code. */
class Adversary {
  readonly runs = new Map<string, ModelRun>();
  readonly #reservations = new Map<string, { runId: string; steps: number }>();
  #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  get ledger(): Ledger {
    return this.#ledger;
  }

  async play(move: Move): Promise<void> {
    switch (move.kind) {
      case "schedule": {
        const { z, steps } = move;
        const options = {
          scope: scopeOptions.scope,
          event: gaussianStep(z),
          steps,
          randomSource: "operating-system",
        } as const;
        const runId = await refusedWith("budget_exceeded", this.#ledger.schedule(options));
        if (runId !== null) this.runs.set(runId, { z, scheduled: steps, used: 0, reserved: 0, open: true, drawn: 0 });
        return;
      }
      case "reserve":
        await this.#reserve(move.run, move.steps);
        return;
      case "commit": {
        const [reservationId, reservation] = [...this.#reservations][move.reservation] ?? [];
        if (reservationId === undefined || reservation === undefined) return;
        const stepsUsed = Math.round(move.share * reservation.steps);
        await this.#ledger.commit({ reservationId, stepsUsed });
        this.#reservations.delete(reservationId);
        const run = this.runs.get(reservation.runId);
        if (run !== undefined) {
          run.reserved -= reservation.steps;
          run.used += stepsUsed;
          run.drawn += stepsUsed;
        }
        return;
      }
      case "close": {
        const [runId, run] = [...this.runs][move.run] ?? [];
        if (runId === undefined || run === undefined || !run.open) return;
        await this.#ledger.closeRun({ runId });
        run.open = false;
        return;
      }
      case "crash":
        await this.#crash(move.tornBytes);
        return;
      case "reopen":
        await this.#crash(0);
        return;
    }
  }

  async #reserve(index: number, steps: number): Promise<void> {
    const [runId, run] = [...this.runs][index] ?? [];
    if (runId === undefined || run === undefined) return;
    const left = run.scheduled - run.used - run.reserved;
    const expected = !run.open ? "invalid_state" : steps > left ? "budget_exceeded" : null;
    const reservationId = await refusedWith(expected, this.#ledger.reserve({ runId, steps }));
    expect(reservationId === null).toBe(expected !== null);
    if (reservationId === null) return;
    run.reserved += steps;
    this.#reservations.set(reservationId, { runId, steps });
  }

  /** The process dies with some reservations open (all their noise drawn) and a part of a next line on the disk. */
  async #crash(tornBytes: number): Promise<void> {
    const bytes = bytesOf(this.#ledger.dir);
    await this.#ledger.close();
    const next = '{"actor":"local","body":{"reservationId":"01234567-89ab-4cde-8f01-23456789abcd","runId":"';
    const dir = folders.holding(Buffer.concat([bytes, Buffer.from(next.slice(0, tornBytes))]));
    for (const { runId, steps } of this.#reservations.values()) {
      const run = this.runs.get(runId);
      if (run !== undefined) run.drawn += steps;
    }
    this.#reservations.clear();
    this.#ledger = await openLedger({ dir });
  }

  /** What was really drawn if the steps in open reservations are, too: on this path the mechanism was these Gaussians. */
  drawnSquaredMu(): number {
    const open = new Map<string, number>();
    for (const { runId, steps } of this.#reservations.values()) open.set(runId, (open.get(runId) ?? 0) + steps);
    return [...this.runs].reduce((sum, [runId, run]) => sum + (run.drawn + (open.get(runId) ?? 0)) / run.z ** 2, 0);
  }
}

async function refusedWith<T>(code: string | null, answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (isPrivacyError(error) && error.code === code) return null;
    throw error;
  }
}

const normalCdf = (x: number): number => 0.5 * erfc(-x / Math.SQRT2);
/** δ of a Gaussian of mean shift mu at ε (Balle and Wang 2018, Theorem 8). */
const gaussianDelta = (epsilon: number, mu: number): number =>
  mu === 0 ? 0 : normalCdf(mu / 2 - epsilon / mu) - Math.exp(epsilon) * normalCdf(-mu / 2 - epsilon / mu);

const game = fc.record({
  moves: fc.array(move, { minLength: 5, maxLength: 30 }),
  epsilonMax: fc.constantFrom(1, 3, 8),
});

describe("any sequence of schedules, reservations, commits, early stops and crashes", () => {
  it("is counted exactly as a notebook counts it, and never gets past the budget (A28)", async () => {
    await fc.assert(
      fc.asyncProperty(game, async ({ moves, epsilonMax }) => {
        const first = await openLedger({ dir: folders.next() });
        const firstSchedule = { event: gaussianStep(8), steps: 20 };
        await first.openScope({ ...scopeOptions, epsilonMax, firstSchedule });
        const adversary = new Adversary(first);
        for (const move of moves) {
          await adversary.play(move);
          const { guarantee, runs } = adversary.ledger.spent(scopeOptions.scope);
          expect(guarantee.epsilon).toBeLessThanOrEqual(epsilonMax);
          expect(runs.map(({ scheduled, used, reserved, open }) => ({ scheduled, used, reserved, open }))).toEqual(
            [...adversary.runs.values()].map(({ scheduled, used, reserved, open }) => ({
              scheduled,
              used,
              reserved,
              open,
            })),
          );
          // the exact privacy of what was drawn, by somebody else's formula and special function
          const delta = gaussianDelta(epsilonMax, Math.sqrt(adversary.drawnSquaredMu()));
          expect(delta).toBeLessThanOrEqual(scopeOptions.delta);
        }
        await adversary.ledger.close();
        const { dir } = adversary.ledger;
        const verified = await verifyLedger(dir, { anchor: adversary.ledger.head() });
        expect(verified).toMatchObject({ ok: true, complete: true, problems: [] });
        // A29: whoever reads the file alone gets the very same statement
        const spent = adversary.ledger.spent(scopeOptions.scope);
        expect(JSON.stringify((await readLedger(dir)).scopes)).toBe(JSON.stringify([spent]));
        folders.remove();
      }),
      { seed: 20_260, numRuns: 40 },
    );
  });

  it("stays within the budget when an adversary dies with drawn steps, closes the run and fills what is left (A28)", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 20, max: 200 }), fc.constantFrom(1, 3, 8), async (first, epsilonMax) => {
        const opened = await openLedger({ dir: folders.next() });
        const firstSchedule = { event: gaussianStep(20), steps: first };
        await opened.openScope({ ...scopeOptions, epsilonMax, firstSchedule });
        const adversary = new Adversary(opened);
        for (let steps = first; steps >= 1; steps = Math.floor(steps / 2)) {
          for (let again = 0; again < 40; again++) {
            const before = adversary.runs.size;
            await adversary.play({ kind: "schedule", z: 20, steps });
            if (adversary.runs.size === before) break;
            await adversary.play({ kind: "reserve", run: before, steps });
            await adversary.play({ kind: "crash", tornBytes: again });
            await adversary.play({ kind: "close", run: before });
          }
        }
        expect(adversary.runs.size).toBeGreaterThan(0);
        const delta = gaussianDelta(epsilonMax, Math.sqrt(adversary.drawnSquaredMu()));
        expect(delta).toBeLessThanOrEqual(scopeOptions.delta);
        await adversary.ledger.close();
        folders.remove();
      }),
      { seed: 11, numRuns: 8 },
    );
  });

  it("spends the budget nearly whole when it is spent by one order's worth of small runs (A28: little is lost)", async () => {
    const ledger = await openLedger({ dir: folders.next() });
    await ledger.openScope({ ...scopeOptions, epsilonMax: 3, firstSchedule: { event: gaussianStep(15), steps: 5 } });
    const options = {
      scope: scopeOptions.scope,
      event: gaussianStep(15),
      steps: 5,
      randomSource: "operating-system",
    } as const;
    let runs = 0;
    while ((await refusedWith("budget_exceeded", ledger.schedule(options))) !== null) runs += 1;
    const { epsilon } = ledger.spent(scopeOptions.scope).guarantee;
    expect(epsilon).toBeLessThanOrEqual(3);
    expect(epsilon).toBeGreaterThan(2.8);
    // the exact price of as many steps fixed in advance: what adaptivity costs, from a formula that is not ours
    expect(gaussianDelta(3, Math.sqrt((5 * runs) / 225))).toBeLessThanOrEqual(1e-5);
    expect(gaussianDelta(2.5, Math.sqrt((5 * runs) / 225))).toBeGreaterThan(1e-5);
    await ledger.close();
  });
});
