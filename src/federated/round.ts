import type { FailureReason, RejectReason } from "./reject-reason.ts";

/** What a round waits for. Times in ms; null means without limit. Public configuration. */
export interface RoundPlan {
  /** Counted from 1. */
  readonly round: number;
  /** Sites that must be ready before anyone is asked. */
  readonly minClients: number;
  /** Usable updates (of positive weight) without which the model stays as it is. */
  readonly quorum: number;
  /** No more sites than this are asked, drawn by ticket; null: all that are ready. More than the quorum is over-selection. */
  readonly cohortSize: number | null;
  /** A site that shows no progress for this long has failed. */
  readonly idleMs: number;
  /** How long a site whose line broke is waited for. */
  readonly reconnectMs: number;
  /** After the quorum is there, how long the others are waited for. */
  readonly graceMs: number | null;
  /** How long to wait for minClients. */
  readonly gatherMs: number | null;
}

export type RoundPhase = "gathering" | "collecting" | "released" | "abandoned";

/** A site that may be asked. */
export interface Readiness {
  readonly weight: number;
  /** Drawn anew for each round, uniformly; the lowest are asked. */
  readonly ticket: number;
}

/** Where one asked site stands. */
export type Seat =
  | {
      readonly status: "working";
      readonly lastProgressMs: number;
      readonly weight: number;
      /** Since when its line is broken; null while it is there. */
      readonly goneMs: number | null;
    }
  | { readonly status: "delivered"; readonly weight: number }
  | { readonly status: "rejected"; readonly reason: RejectReason; readonly weight: number }
  | { readonly status: "failed"; readonly reason: FailureReason; readonly weight: number };

export type AbandonReason = "no usable update" | "quorum not met" | "not enough sites" | "cancelled";

export interface RoundState {
  readonly plan: RoundPlan;
  readonly phase: RoundPhase;
  /** Sites that are ready, before anyone is asked. */
  readonly ready: ReadonlyMap<string, Readiness>;
  /** Sites that were asked. */
  readonly seats: ReadonlyMap<string, Seat>;
  readonly openedMs: number;
  /** The latest time seen; time never runs back. */
  readonly nowMs: number;
  /** When the quorum was reached. */
  readonly quorumMs: number | null;
  readonly abandoned: AbandonReason | null;
}

/** What can happen to a round. `atMs` is the caller's clock: the machine has none. */
export type RoundEvent = { readonly atMs: number } & (
  | ({ readonly kind: "site-ready"; readonly site: string } & Readiness)
  /** `mayReturn` where the line broke; a site that took its leave or was thrown out does not count any more. */
  | { readonly kind: "site-gone"; readonly site: string; readonly mayReturn: boolean }
  | { readonly kind: "site-back"; readonly site: string }
  | { readonly kind: "progress"; readonly site: string }
  | { readonly kind: "delivered"; readonly site: string; readonly round: number }
  | { readonly kind: "rejected"; readonly site: string; readonly round: number; readonly reason: RejectReason }
  | { readonly kind: "declined"; readonly site: string; readonly round: number; readonly reason: FailureReason }
  | { readonly kind: "tick" }
  | { readonly kind: "cancelled" }
);

/** What the round wants done. Sites come sorted by name, so that nothing depends on the order of arrival. */
export type RoundCommand =
  | { readonly kind: "instruct"; readonly sites: readonly string[] }
  | { readonly kind: "discard"; readonly site: string }
  | { readonly kind: "release"; readonly sites: readonly string[] }
  | { readonly kind: "abandon"; readonly reason: AbandonReason };

export interface Transition {
  readonly state: RoundState;
  readonly commands: readonly RoundCommand[];
}

/** By code unit, the same everywhere, unlike a locale's order. */
export function sortedSites(sites: Iterable<string>): string[] {
  return [...sites].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Opens a round with the sites that are ready; asks them at once when they are enough. */
export function openRound(plan: RoundPlan, ready: ReadonlyMap<string, Readiness>, atMs: number): Transition {
  const blank = { phase: "gathering", seats: new Map<string, Seat>(), quorumMs: null, abandoned: null } as const;
  return gather({ plan, ready, ...blank, openedMs: atMs, nowMs: atMs }, { kind: "tick", atMs });
}

/**
 * Goes on with a round that was opened before the coordinator was killed.
 *
 * @param asked - sites that were asked, with their weights. @param delivered - those whose update is kept.
 */
export function reopenRound(
  plan: RoundPlan,
  asked: ReadonlyMap<string, number>,
  delivered: ReadonlySet<string>,
  atMs: number,
): Transition {
  const seats = new Map<string, Seat>();
  for (const [site, weight] of asked) {
    const away = { status: "working", lastProgressMs: atMs, weight, goneMs: atMs } as const;
    seats.set(site, delivered.has(site) ? { status: "delivered", weight } : away);
  }
  const blank = { phase: "collecting", ready: new Map<string, Readiness>(), quorumMs: null, abandoned: null } as const;
  return expire({ plan, ...blank, seats, openedMs: atMs, nowMs: atMs });
}

/**
 * Moves a round on by one event. Pure: the same states and events give the same result. A round that is over absorbs
 * every event, but says `discard` to an update that comes too late.
 */
export function advanceRound(before: RoundState, event: RoundEvent): Transition {
  const state = { ...before, nowMs: Math.max(before.nowMs, event.atMs) };
  switch (state.phase) {
    case "gathering":
      return gather(state, event);
    case "collecting":
      return collect(state, event);
    case "released":
    case "abandoned":
      return { state, commands: event.kind === "delivered" ? [{ kind: "discard", site: event.site }] : [] };
  }
}

/** When the round wants a `tick` next, or null when only a site can move it. */
export function nextWakeMs(state: RoundState): number | null {
  if (state.phase === "gathering") return state.plan.gatherMs === null ? null : state.openedMs + state.plan.gatherMs;
  if (state.phase !== "collecting") return null;
  const idle = [...state.seats.values()].flatMap((s) => (s.status === "working" ? [givenUpMs(s, state.plan)] : []));
  const grace = state.quorumMs === null || state.plan.graceMs === null ? [] : [state.quorumMs + state.plan.graceMs];
  return Math.min(...idle, ...grace);
}

/** When a working seat is given up. A broken line puts nothing off. */
function givenUpMs(seat: Seat & { status: "working" }, plan: RoundPlan): number {
  const idle = seat.lastProgressMs + plan.idleMs;
  return seat.goneMs === null ? idle : Math.min(idle, seat.goneMs + plan.reconnectMs);
}

function gather(state: RoundState, event: RoundEvent): Transition {
  const ready = new Map(state.ready);
  switch (event.kind) {
    case "site-ready":
      ready.set(event.site, { weight: event.weight, ticket: event.ticket });
      break;
    case "site-gone":
      ready.delete(event.site);
      break;
    case "cancelled":
      return abandon(state, "cancelled");
    case "delivered":
      return { state, commands: [{ kind: "discard", site: event.site }] };
    case "tick":
    case "progress":
    case "site-back":
    case "rejected":
    case "declined":
      break;
  }
  const gathered = { ...state, ready };
  if (ready.size > 0 && ready.size >= state.plan.minClients) return instruct(gathered);
  const wake = nextWakeMs(gathered);
  return wake !== null && state.nowMs >= wake
    ? abandon(gathered, "not enough sites")
    : { state: gathered, commands: [] };
}

function instruct(state: RoundState): Transition {
  const sites = drawCohort(state);
  const seats = new Map<string, Seat>();
  for (const site of sites) {
    const weight = state.ready.get(site)?.weight ?? 0;
    seats.set(site, { status: "working", lastProgressMs: state.nowMs, weight, goneMs: null });
  }
  return { state: { ...state, phase: "collecting", seats }, commands: [{ kind: "instruct", sites }] };
}

/** Without replacement: the lowest tickets, of equal ones the first by name. */
function drawCohort({ ready, plan }: RoundState): string[] {
  const all = sortedSites(ready.keys());
  const ticket = (site: string): number => ready.get(site)?.ticket ?? 0;
  if (plan.cohortSize === null || all.length <= plan.cohortSize) return all;
  return sortedSites(all.toSorted((a, b) => ticket(a) - ticket(b)).slice(0, plan.cohortSize));
}

function collect(state: RoundState, event: RoundEvent): Transition {
  if (event.kind === "cancelled") return abandon(state, "cancelled");
  const site = "site" in event ? event.site : null;
  const seat = site === null ? undefined : state.seats.get(site);
  const isStray = "round" in event && event.round !== state.plan.round;
  if (event.kind === "delivered" && (isStray || seat?.status !== "working")) {
    return { state, commands: [{ kind: "discard", site: event.site }] };
  }
  if (site === null || seat === undefined || seat.status !== "working" || isStray) return expire(state);
  const next = expire({ ...state, seats: new Map(state.seats).set(site, settle(seat, event, state.nowMs)) });
  const isBack = event.kind === "site-back" && next.state.seats.get(site)?.status === "working";
  return isBack ? { ...next, commands: [{ kind: "instruct", sites: [site] }, ...next.commands] } : next;
}

function settle(seat: Seat & { status: "working" }, event: RoundEvent, nowMs: number): Seat {
  switch (event.kind) {
    case "progress":
      return { ...seat, lastProgressMs: nowMs };
    case "delivered":
      return { status: "delivered", weight: seat.weight };
    case "rejected":
      return { status: "rejected", reason: event.reason, weight: seat.weight };
    case "declined":
      return { status: "failed", reason: event.reason, weight: seat.weight };
    case "site-gone":
      if (event.mayReturn) return { ...seat, goneMs: nowMs };
      return { status: "failed", reason: "disconnected", weight: seat.weight };
    case "site-back":
      return { ...seat, goneMs: null, lastProgressMs: nowMs };
    case "site-ready":
    case "tick":
    case "cancelled":
      return seat;
  }
}

function usableSites(seats: RoundState["seats"]): string[] {
  return sortedSites([...seats].filter(([, s]) => s.status === "delivered" && s.weight > 0).map(([site]) => site));
}

/** Fails who showed no progress, notes the quorum, and closes the round when nobody is waited for any more. */
function expire(state: RoundState): Transition {
  const { plan, nowMs } = state;
  const seats = new Map(state.seats);
  for (const [site, seat] of seats) {
    if (seat.status === "working" && nowMs >= givenUpMs(seat, plan)) {
      const isAway = seat.goneMs !== null && nowMs >= seat.goneMs + plan.reconnectMs;
      seats.set(site, { status: "failed", reason: isAway ? "disconnected" : "deadline", weight: seat.weight });
    }
  }
  const hasQuorum = usableSites(seats).length >= plan.quorum;
  const quorumMs = state.quorumMs ?? (hasQuorum ? nowMs : null);
  if (quorumMs !== null && plan.graceMs !== null && nowMs >= quorumMs + plan.graceMs) {
    for (const [site, seat] of seats) {
      if (seat.status === "working") seats.set(site, { status: "failed", reason: "straggler", weight: seat.weight });
    }
  }
  const next = { ...state, seats, quorumMs };
  return [...seats.values()].some((s) => s.status === "working") ? { state: next, commands: [] } : close(next);
}

function close(state: RoundState): Transition {
  const sites = usableSites(state.seats);
  if (sites.length === 0) return abandon(state, "no usable update");
  if (sites.length < state.plan.quorum) return abandon(state, "quorum not met");
  return { state: { ...state, phase: "released" }, commands: [{ kind: "release", sites }] };
}

function abandon(state: RoundState, reason: AbandonReason): Transition {
  return { state: { ...state, phase: "abandoned", abandoned: reason }, commands: [{ kind: "abandon", reason }] };
}
