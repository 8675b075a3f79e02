import { PrivacyError, invalidArgument, parseDelta } from "../core/index.ts";
import { type DpEvent, type Neighboring, validateEvent } from "../events/index.ts";
import { caveatsOf } from "./caveats.ts";
import { exactEngines, pureEngine, singlePartEngine } from "./closed-form-engines.ts";
import { compileEvent } from "./compile-event.ts";
import { contourEngine } from "./contour-engine.ts";
import type { Bounds, Engine } from "./engine.ts";
import type { DeltaInterval, EngineReport, EpsilonInterval, Guarantee } from "./guarantee.ts";
import { gridEngine } from "./grid-engine.ts";
import type { Composition } from "./mechanism.ts";
import { cachedByOrder } from "./order-lattice.ts";
import { rdpOfComposition } from "./rdp-curves.ts";
import { rdpEngine, unbounded } from "./rdp-engine.ts";
import { parseNeighboring } from "./relation.ts";
import { type TradeOffPoint, tradeOffCurve } from "./trade-off.ts";

/** What an accountant is told besides the event. */
export interface AccountOptions {
  /** How neighbors differ. There is no default. */
  readonly neighboring: Neighboring;
  /** How many records differ between neighbors: the guarantee of every group of so many. One, unless said otherwise. */
  readonly groupSize?: number;
  /** A clock in milliseconds, if `engines[].ms` is wanted: this room knows none. */
  readonly now?: () => number;
}

/** One point of the privacy profile. */
export interface ProfilePoint {
  readonly delta: number;
  readonly epsilon: EpsilonInterval;
}

/** Why the answer is what it is, for a person. */
export interface Explanation {
  readonly guarantee: Guarantee;
  /** One line per engine, the winner first. */
  readonly lines: readonly string[];
}

/** Answers every question about one event under one relation. */
export interface Accountant {
  readonly event: DpEvent;
  readonly neighboring: Neighboring;
  /** The ε at δ. `tolerance` is the width of the bracket that is wished for, in nats. */
  guarantee(question: { readonly delta: number; readonly tolerance?: number }): Guarantee;
  /** The δ at ε ≥ 0. */
  delta(question: { readonly epsilon: number; readonly tolerance?: number }): DeltaInterval;
  /** ε at each δ. */
  profile(deltas: readonly number[]): readonly ProfilePoint[];
  /** The largest true positive rate that any attack can reach at each false positive rate, rounded up. */
  tradeOff(falsePositiveRates: readonly number[]): readonly TradeOffPoint[];
  explain(question: { readonly delta: number; readonly tolerance?: number }): Explanation;
}

/** More components of a mixture than this are not worth their price. */
const largestGroup = 1000;

/**
 * The privacy of an event, by every engine that can bound it; the answer is the intersection of all valid bounds.
 *
 * @param event - what was done to the data.
 * @param options - the neighboring relation, and optionally a clock.
 * @returns An accountant that keeps what it has computed.
 * @throws PrivacyError `invalid_argument` for a malformed event or relation; `unsupported_event`, before anything is
 *   composed, for a kind without a sound analysis here.
 * @guarantee `upper` is at or above the true ε of the mathematical mechanisms that the event names, composed adaptively
 *   along a schedule fixed in advance; `lower` is at or below it.
 * @source Engines cite their own.
 * @example account(gaussian(1), { neighboring: "add-or-remove-one" }).guarantee({ delta: 1e-5 }).epsilon.upper // 4.3771…
 */
export function account(event: DpEvent, options: AccountOptions): Accountant {
  const checked = validateEvent(event);
  const { now, groupSize = 1 } = options;
  const neighboring = parseNeighboring(options.neighboring);
  if (!(Number.isSafeInteger(groupSize) && groupSize >= 1 && groupSize <= largestGroup)) {
    throw invalidArgument("groupSize", `a whole number in [1, ${largestGroup}]`, groupSize);
  }
  const composition = compileEvent(checked, neighboring, groupSize);
  const engines = enginesFor(composition);
  const ask = (delta: number, tolerance?: number): Guarantee => {
    const answer = askAll(engines, (e) => e.epsilonAt(parseDelta(delta), tolerance), {
      worst: Infinity,
      tolerance,
      now,
    });
    return Object.freeze({
      version: "guarantee/v1",
      epsilon: answer.interval,
      delta,
      neighboring,
      event: checked,
      engine: answer.winner.name,
      certificate: Object.freeze({ engine: answer.winner.name, facts: answer.winner.bounds.facts }),
      engines: answer.reports,
      caveats: answer.isMidpoint
        ? Object.freeze([...caveatsOf(composition, neighboring, groupSize), midpointCaveat])
        : caveatsOf(composition, neighboring, groupSize),
    });
  };
  return Object.freeze({
    event: checked,
    neighboring,
    guarantee: (q) => ask(q.delta, parseTolerance(q.tolerance)),
    delta: (q) => {
      if (!(q.epsilon >= 0)) throw invalidArgument("epsilon", "a number >= 0", q.epsilon);
      const tolerance = parseTolerance(q.tolerance);
      if (q.epsilon === Infinity) return deltaAtInfinity(composition);
      return askAll(engines, (e) => e.deltaAt(q.epsilon, tolerance), { worst: 1, tolerance: undefined, now }).interval;
    },
    profile: (deltas) => deltas.map((delta) => ({ delta, epsilon: ask(delta).epsilon })),
    tradeOff: (rates) => tradeOffCurve(composition, engines, rates),
    explain: (q) => {
      const guarantee = ask(q.delta, parseTolerance(q.tolerance));
      return { guarantee, lines: explainLines(guarantee) };
    },
  } satisfies Accountant);
}

/** What is revealed with certainty and not merely made likely. */
function deltaAtInfinity(composition: Composition): DeltaInterval {
  const isUnbounded = composition.spends.some((s) => s.mechanism.kind === "unbounded");
  const upper = isUnbounded ? 1 : composition.failure;
  return Object.freeze({ lower: 0, upper, point: upper });
}

function parseTolerance(tolerance: number | undefined): number | undefined {
  if (tolerance !== undefined && !(tolerance > 0 && tolerance < Infinity)) {
    throw invalidArgument("tolerance", "a finite number > 0, in nats", tolerance);
  }
  return tolerance;
}

/** Every engine that can say something about the composition, cheapest first. */
export function enginesFor(composition: Composition): readonly Engine[] {
  if (composition.spends.some((s) => s.mechanism.kind === "unbounded")) return [constantEngine(Infinity)];
  if (composition.spends.length === 0 && composition.failure === 0) return [constantEngine(0)];
  const exact = exactEngines(composition);
  const rest = [pureEngine(composition), singlePartEngine(composition)].filter((e) => e !== undefined);
  const rdpAt = cachedByOrder((order) => rdpOfComposition(composition, order));
  const rdp = rdpEngine(composition, rdpAt);
  // where a closed form is exact neither an integral nor a grid has anything to add
  if (exact.length > 0) return [...exact, ...rest, rdp];
  const rich = [contourEngine(composition), gridEngine(composition, rdpAt)].filter((e) => e !== undefined);
  return [...rest, rdp, ...rich];
}

function constantEngine(epsilon: number): Engine {
  const why = epsilon === 0 ? "nothing about the data is released" : "something is released without protection";
  const at = (value: number): Bounds => ({ lower: value, upper: value, point: value, why, facts: {} });
  return {
    name: epsilon === 0 ? "nothing-released" : "unprotected",
    epsilonAt: () => at(epsilon),
    deltaAt: () => at(epsilon === 0 ? 0 : 1),
  };
}

interface Answer {
  readonly interval: EpsilonInterval;
  readonly winner: { readonly name: string; readonly bounds: Bounds };
  readonly reports: readonly EngineReport[];
  /** No engine's estimate lies in the bracket. */
  readonly isMidpoint: boolean;
}

interface Asking {
  readonly worst: number;
  readonly tolerance: number | undefined;
  readonly now: (() => number) | undefined;
}

/** Relative width of a bracket that no further engine is asked to narrow, when no tolerance is given. */
const narrowEnough = 1e-4;

const midpointCaveat = "No engine's estimate lies within the certified bracket; the point is the bracket's middle.";

function askAll(engines: readonly Engine[], question: (engine: Engine) => Bounds, asking: Asking): Answer {
  const { worst, tolerance, now } = asking;
  let [lower, upper] = [0, worst];
  let point: number | undefined;
  let winner: Answer["winner"] = { name: "none", bounds: unbounded("no engine was asked") };
  const reports: EngineReport[] = [];
  for (const engine of engines) {
    if (engine.isReserve === true && upper - lower <= (tolerance ?? narrowEnough * upper)) continue;
    const start = now?.();
    const bounds = question(engine);
    requireBounds(engine.name, bounds);
    const ms = now === undefined || start === undefined ? null : now() - start;
    if (reports.length === 0 || bounds.upper < upper) winner = { name: engine.name, bounds };
    upper = Math.min(upper, bounds.upper);
    lower = Math.max(lower, bounds.lower);
    point ??= bounds.point;
    const epsilon = interval(bounds.lower, bounds.upper, bounds.point);
    reports.push(Object.freeze({ name: engine.name, epsilon, ms, why: bounds.why }));
  }
  requireOrder(reports, lower, upper);
  // bounds that cross by rounding are both true of the same number: the upper one is kept
  lower = Math.min(lower, upper);
  const isMidpoint = point !== undefined && upper < Infinity && !isWithin(point, lower, upper);
  const shown = isMidpoint ? lower / 2 + upper / 2 : point;
  return { interval: interval(lower, upper, shown), winner, reports: Object.freeze(reports), isMidpoint };
}

/** Up to what rounding explains. */
function isWithin(point: number, lower: number, upper: number): boolean {
  return point >= lower * (1 - 1e-9) - 1e-12 && point <= upper * (1 + 1e-9) + 1e-12;
}

function requireBounds(name: string, { lower, upper }: Bounds): void {
  if (lower >= 0 && upper >= 0) return;
  throw new PrivacyError(
    "numerical_failure",
    `bounds were wanted of the engine "${name}" and one is not a number >= 0`,
    {
      routine: name,
      reason: "NaN",
    },
  );
}

/** Rounding may let two bounds on one number touch. Beyond that one of them is wrong, and nobody knows which. */
function requireOrder(reports: readonly EngineReport[], lower: number, upper: number): void {
  if (lower <= upper * (1 + 1e-9) + 1e-12) return;
  const highest = reports.find((r) => r.epsilon.lower === lower)?.name ?? "none";
  const lowest = reports.find((r) => r.epsilon.upper === upper)?.name ?? "none";
  throw new PrivacyError(
    "numerical_failure",
    `a lower bound below the upper was wanted; engine "${highest}" says at least ${lower} and "${lowest}" at most ${upper}: please report this event`,
    { routine: highest, reason: "bounds cross" },
  );
}

function interval(lower: number, upper: number, point: number | undefined): EpsilonInterval {
  return Object.freeze({ lower, upper, point: Math.min(upper, Math.max(lower, point ?? upper)) });
}

function explainLines(guarantee: Guarantee): string[] {
  const won = guarantee.engines.filter((e) => e.name === guarantee.engine);
  const lost = guarantee.engines.filter((e) => e.name !== guarantee.engine);
  const line = (e: EngineReport, verdict: string): string => {
    const cost = e.ms === null ? "" : `, ${e.ms.toFixed(2)} ms`;
    return `${e.name}: epsilon in [${outward(e.epsilon.lower, "down")}, ${outward(e.epsilon.upper, "up")}] at delta ${guarantee.delta}${cost}; ${verdict}; ${e.why}`;
  };
  const best = guarantee.epsilon.upper;
  return [
    ...won.map((e) => line(e, "least upper bound")),
    ...lost.map((e) =>
      line(e, e.epsilon.upper === Infinity ? "gives no upper bound" : `${percentAbove(e, best)} looser`),
    ),
  ];
}

/** Six digits, an upper bound never below and a lower bound never above its value. */
function outward(value: number, direction: "up" | "down"): string {
  const text = value.toPrecision(6);
  const error = Number(text) - value;
  if (value === Infinity || (direction === "up" ? error >= 0 : error <= 0)) return text;
  const unit = 10 ** (Math.floor(Math.log10(value)) - 5);
  return (direction === "up" ? value + unit / 2 : value - unit / 2).toPrecision(6);
}

function percentAbove(report: EngineReport, best: number): string {
  return best > 0 ? `${(100 * (report.epsilon.upper / best - 1)).toFixed(2)} %` : "infinitely";
}
