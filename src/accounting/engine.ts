/** What one engine can certify, in nats or as a probability: lower ≤ truth ≤ upper, and its best guess when it has one. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
  /** undefined when the engine bounds but does not estimate. */
  readonly point: number | undefined;
  /** One clause for a person: how the bound came about. */
  readonly why: string;
  /** What a third party needs to recheck it. */
  readonly facts: Readonly<Record<string, number | string>>;
}

/** One way to bound the privacy of a composition. Pure: same question, same answer; may keep what it has computed. */
export interface Engine {
  readonly name: string;
  /** Asked only where the engines before it left a wider bracket than was wished for. */
  readonly isReserve?: true;
  /** The same bounds for less work and less often tight: for those who ask many questions in a row. */
  readonly brief?: Engine;
  /** ε at δ in (0, 1). `tolerance` is the width that is wished for, in nats; engines without a knob ignore it. */
  epsilonAt(delta: number, tolerance?: number): Bounds;
  /** δ at ε ≥ 0. */
  deltaAt(epsilon: number, tolerance?: number): Bounds;
}
