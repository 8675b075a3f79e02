import type { DpEvent, Neighboring } from "../events/index.ts";

/** A certified interval around the true, optimal epsilon: lower ≤ truth ≤ upper. All in nats, ≥ 0, Infinity allowed. */
export interface EpsilonInterval {
  /** At most the true epsilon; shows how little is lost. 0 where no valid lower bound is known. */
  readonly lower: number;
  /** At least the true epsilon, rounded up: what gates and cards use. */
  readonly upper: number;
  /** The best estimate, for charts; certified only by lower and upper. */
  readonly point: number;
}

/** The same for delta at a given epsilon; all in [0, 1]. */
export interface DeltaInterval {
  readonly lower: number;
  readonly upper: number;
  readonly point: number;
}

/** What one engine found, what it cost, and why it won or lost. */
export interface EngineReport {
  readonly name: string;
  readonly epsilon: EpsilonInterval;
  /** Milliseconds by the clock that was passed in; null when none was (this room knows no clock). */
  readonly ms: number | null;
  readonly why: string;
}

/** What a third party needs to recheck the number without redoing the search. */
export interface Certificate {
  readonly engine: string;
  /** SHA-256-free digest input: the canonical JSON of the event is hashed by whoever stores it. */
  readonly facts: Readonly<Record<string, number | string>>;
}

/**
 * An (ε, δ) statement about an event under a neighboring relation. Frozen plain data with a JSON form in which Infinity
 * is the string "Infinity".
 */
export interface Guarantee {
  readonly version: "guarantee/v1";
  readonly epsilon: EpsilonInterval;
  readonly delta: number;
  readonly neighboring: Neighboring;
  readonly event: DpEvent;
  readonly engine: string;
  readonly certificate: Certificate;
  readonly engines: readonly EngineReport[];
  readonly caveats: readonly string[];
}

/** A guarantee as JSON text: every infinite number becomes the string "Infinity". */
export function guaranteeToJson(guarantee: Guarantee): string {
  return JSON.stringify(guarantee, (_key, value: unknown) => (value === Infinity ? "Infinity" : value));
}
