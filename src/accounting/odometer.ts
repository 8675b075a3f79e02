import { PrivacyError, invalidArgument, parseDelta } from "../core/index.ts";
import { type DpEvent, type Neighboring, validateEvent } from "../events/index.ts";
import { bracketRoot, logSumExp } from "../numeric/index.ts";
import type { Adaptive } from "./adaptive.ts";
import { compileEvent } from "./compile-event.ts";
import { type ExactTotal, addToTotal, emptyTotal, frozenTotals, parseCounts, totalFromAbove } from "./exact-total.ts";
import { rdpOfComposition } from "./rdp-curves.ts";
import { parseNeighboring } from "./relation.ts";

/**
 * A time-uniform bound on privacy loss: with probability at least 1 − δ under either neighbor, no reading of this odometer,
 * past or to come, is below the loss of what was released up to then. It is no `Guarantee`: ε is a random number that the
 * outputs help to choose, and δ is the chance that *some* reading is too low.
 */
export interface OdometerReading {
  readonly version: "odometer-reading/v1";
  /** Upper bound on the privacy loss so far, in nats, rounded up; Infinity allowed. */
  readonly epsilon: number;
  readonly delta: number;
  readonly neighboring: Neighboring;
  readonly events: number;
}

/** An odometer as plain data. */
export interface OdometerSnapshot {
  readonly version: "odometer/v1";
  readonly orders: readonly number[];
  readonly delta: number;
  readonly neighboring: Neighboring;
  readonly totals: readonly ExactTotal[];
  readonly events: number;
}

/** Counts adaptively chosen events without a limit. */
export interface Odometer extends Adaptive {
  readonly orders: readonly number[];
  readonly reading: OdometerReading;
  /**
   * Counts an event, to be called before anything is drawn for it.
   *
   * @throws PrivacyError `invalid_argument`; `unsupported_event` for events with a failure probability of their own, which
   *   have no bounded loss.
   */
  charge(event: DpEvent): OdometerReading;
  /** To be kept on disk after each `charge` and before the event's noise is drawn. */
  snapshot(): OdometerSnapshot;
}

/** What an odometer is opened with. */
export interface OdometerOptions {
  readonly delta: number;
  readonly neighboring: Neighboring;
  /** Rényi orders > 1, fixed now; unless stated, α − 1 = 2^(k/2) from 1/2 to 256. */
  readonly orders?: readonly number[];
}

const usualOrders: readonly number[] = Object.freeze(Array.from({ length: 19 }, (_, k) => 1 + 2 ** ((k - 2) / 2)));

/**
 * Opens an odometer over a mixture of K Rényi orders α. With L the privacy loss so far and ρ(α) the sum so far of the
 * events' Rényi divergences of order α, the process
 *
 *   M = (1/K)·Σ_α exp((α − 1)(L − ρ(α)))
 *
 * is a supermartingale from 1 under the first neighbor, because each event's divergences are known before it is drawn and
 * bound E[exp((α − 1)·its loss)]. By Ville's inequality it ever reaches 1/δ with probability at most δ, so at all times L is
 * below the root of M = 1/δ, which is the reading.
 *
 * @guarantee P(some reading is below the loss at its time) ≤ δ, in both directions. So for every stopping rule and every
 *   ε: P(S and the last reading ≤ ε) ≤ e^ε·P'(S) + δ.
 * @throws PrivacyError `invalid_argument`.
 * @source Ville 1939, "Étude critique de la notion de collectif", ch. 5 (the inequality); Whitehouse, Ramdas, Rogers, Wu
 *   2023, arXiv:2203.05481v3 (privacy loss as a supermartingale, odometers as time-uniform bounds); the mixture over
 *   orders: own, proof above.
 */
export function renyiOdometer(options: OdometerOptions): Odometer {
  const orders = Object.freeze([...(options.orders ?? usualOrders)]);
  if (orders.length === 0 || !orders.every((a) => a > 1 && a < Infinity)) {
    throw invalidArgument("orders", "at least one finite number > 1", orders.join());
  }
  return openOdometer({
    version: "odometer/v1",
    orders,
    delta: parseDelta(options.delta),
    neighboring: options.neighboring,
    totals: orders.map(() => emptyTotal),
    events: 0,
  });
}

/** Goes on where a snapshot ended; it must be the last one taken. @throws PrivacyError `invalid_argument`. */
export function restoreOdometer(snapshot: OdometerSnapshot): Odometer {
  const { version, orders, delta } = snapshot;
  if (version !== "odometer/v1") throw invalidArgument("snapshot.version", '"odometer/v1"', version);
  parseDelta(delta);
  if (!Array.isArray(orders) || orders.length === 0 || !orders.every((a) => a > 1 && a < Infinity)) {
    throw invalidArgument("snapshot.orders", "finite numbers > 1", "something else");
  }
  parseCounts(snapshot, orders.length, "one sum, finite and >= 0, per order");
  return openOdometer(snapshot);
}

function openOdometer(start: OdometerSnapshot): Odometer {
  const { orders, delta, neighboring } = start;
  let [totals, events] = [start.totals, start.events];
  // refuses a relation that does not exist
  compileForOdometer({ kind: "no-op" }, neighboring);
  const read = (): OdometerReading =>
    Object.freeze({
      version: "odometer-reading/v1",
      epsilon: lossBound(orders, totals.map(totalFromAbove), delta),
      delta,
      neighboring,
      events,
    });
  return Object.freeze({
    adaptivity: "adaptive" as const,
    neighboring,
    delta,
    orders,
    get reading(): OdometerReading {
      return read();
    },
    charge: (event) => {
      const composition = compileForOdometer(event, neighboring);
      totals = totals.map((t, i) => addToTotal(t, rdpOfComposition(composition, orders[i] ?? Infinity)));
      events += 1;
      return read();
    },
    snapshot: (): OdometerSnapshot =>
      Object.freeze({
        version: "odometer/v1",
        orders,
        delta,
        neighboring,
        totals: frozenTotals(totals),
        events,
      }),
  } satisfies Odometer);
}

function compileForOdometer(event: DpEvent, neighboring: Neighboring): ReturnType<typeof compileEvent> {
  parseNeighboring(neighboring);
  const checked = validateEvent(event);
  const composition = compileEvent(checked, neighboring);
  if (composition.failure === 0) return composition;
  const reason = "an event that fails with a stated probability has no bounded loss; use a filter with failureDelta";
  throw new PrivacyError("unsupported_event", `an odometer can not count "${checked.kind}": ${reason}`, {
    kind: checked.kind,
    path: "event",
    reason,
  });
}

/** The root L of (1/K)·Σ exp((α − 1)(L − ρ)) = 1/δ, from above; 0 where nothing was released. */
function lossBound(orders: readonly number[], sums: readonly number[], delta: number): number {
  if (sums.every((s) => s === 0)) return 0;
  const target = Math.log(orders.length) - Math.log(delta);
  const terms = orders.flatMap((a, i) => {
    const sum = sums[i] ?? Infinity;
    return sum < Infinity ? [{ excess: a - 1, sum }] : [];
  });
  if (terms.length === 0) return Infinity;
  // one term alone reaches the target here, so all together do
  const hi = Math.min(...terms.map((t) => t.sum + target / t.excess)) * (1 + 1e-12);
  const f = (loss: number): number =>
    logSumExp(Float64Array.from(terms, (t) => t.excess * (loss - t.sum))) - target * (1 + 1e-14);
  // the loss is no less than 0 somewhere, and a reading below 0 would say nothing more
  if (!(f(0) < 0)) return 0;
  return bracketRoot({ f, lo: 0, hi, safe: "hi", relativeTolerance: 1e-12 }).value * (1 + 1e-12);
}
