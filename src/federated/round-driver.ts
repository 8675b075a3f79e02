import {
  type Readiness,
  type RoundCommand,
  type RoundEvent,
  type RoundPlan,
  type RoundState,
  type Transition,
  advanceRound,
  nextWakeMs,
  openRound,
  reopenRound,
} from "./round.ts";

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
/** An event without its time, which the driver's clock gives. */
export type RoundHappening = DistributiveOmit<RoundEvent, "atMs">;

/** Gives one round after the other a clock and a timer, and says who is to be asked. */
export class RoundDriver {
  readonly #nowMs: () => number;
  readonly #instruct: (sites: readonly string[], isFirst: boolean) => void;
  #state: RoundState | null = null;
  #timer: NodeJS.Timeout | undefined;
  #settle: ((state: RoundState) => void) | null = null;

  /** @param instruct - called with the sites to ask; the first time for a round `isFirst` is true. */
  constructor(nowMs: () => number, instruct: (sites: readonly string[], isFirst: boolean) => void) {
    this.#nowMs = nowMs;
    this.#instruct = instruct;
  }

  get state(): RoundState | null {
    return this.#state;
  }

  get isOpen(): boolean {
    return this.#state?.phase === "gathering" || this.#state?.phase === "collecting";
  }

  /** True while an answer for this round from this site would still count. */
  isAwaiting(site: string, round: number): boolean {
    const isOpen = this.#state?.phase === "collecting" && this.#state.plan.round === round;
    return isOpen && this.#state?.seats.get(site)?.status === "working";
  }

  /** Plays a round from its opening to its end. */
  async play(plan: RoundPlan, ready: ReadonlyMap<string, Readiness>): Promise<RoundState> {
    return await this.#play(() => openRound(plan, ready, this.#nowMs()));
  }

  /** Plays on a round that was opened by a coordinator that is no more. */
  async replay(
    plan: RoundPlan,
    asked: ReadonlyMap<string, number>,
    delivered: ReadonlySet<string>,
    present: readonly string[],
  ): Promise<RoundState> {
    return await this.#play(() => reopenRound(plan, asked, delivered, this.#nowMs()), present);
  }

  happen(event: RoundHappening): void {
    if (this.#state === null) return;
    this.#apply(advanceRound(this.#state, { ...event, atMs: this.#nowMs() }));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async #play(open: () => Transition, present: readonly string[] = []): Promise<RoundState> {
    return await new Promise<RoundState>((resolve) => {
      this.#settle = resolve;
      this.#apply(open());
      for (const site of present) this.happen({ kind: "site-back", site });
    });
  }

  #apply({ state, commands }: Transition): void {
    const isFirst = this.#state?.phase !== "collecting" || this.#state.plan !== state.plan;
    this.#state = state;
    for (const command of commands) this.#execute(command, state, isFirst);
    clearTimeout(this.#timer);
    const wake = nextWakeMs(this.#state);
    if (wake === null) return;
    const delay = Math.min(Math.max(wake - this.#nowMs(), 1), 2 ** 31 - 1);
    this.#timer = setTimeout(() => this.happen({ kind: "tick" }), delay);
  }

  #execute(command: RoundCommand, state: RoundState, isFirst: boolean): void {
    switch (command.kind) {
      case "instruct":
        return this.#instruct(command.sites, isFirst);
      case "discard":
        return;
      case "release":
      case "abandon":
        this.#settle?.(state);
        this.#settle = null;
    }
  }
}
