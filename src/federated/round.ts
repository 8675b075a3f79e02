import type { FailureReason, RejectReason } from "./reject-reason.ts";

/** What a round waits for. Times in ms; null means without limit. Public configuration. */
export interface RoundPlan {
  /** Counted from 1. */
  readonly round: number;
  /** Sites that must be ready before anyone is asked. */
  readonly minClients: number;
  /** Usable updates (of positive weight) without which the model stays as it is. */
  readonly quorum: number;
  /** A site that shows no progress for this long has failed. */
  readonly idleMs: number;
  /** After the quorum is there, how long the others are waited for. */
  readonly graceMs: number | null;
  /** How long to wait for minClients. */
  readonly gatherMs: number | null;
}

export type RoundPhase = "gathering" | "collecting" | "released" | "abandoned";

/** Where one asked site stands. */
export type Seat =
  | { readonly status: "working"; readonly lastProgressMs: number; readonly weight: number }
  | { readonly status: "delivered"; readonly weight: number }
  | { readonly status: "rejected"; readonly reason: RejectReason; readonly weight: number }
  | { readonly status: "failed"; readonly reason: FailureReason; readonly weight: number };

export type AbandonReason = "no usable update" | "quorum not met" | "not enough sites" | "cancelled";

export interface RoundState {
  readonly plan: RoundPlan;
  readonly phase: RoundPhase;
  /** Sites that are ready, before anyone is asked: name to weight. */
  readonly ready: ReadonlyMap<string, number>;
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
  | { readonly kind: "site-ready"; readonly site: string; readonly weight: number }
  | { readonly kind: "site-gone"; readonly site: string }
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

/** Opens a round with the sites (name to weight) that are ready; asks all of them at once when they are enough. */
export function openRound(plan: RoundPlan, ready: ReadonlyMap<string, number>, atMs: number): Transition {
  const blank = { phase: "gathering", seats: new Map<string, Seat>(), quorumMs: null, abandoned: null } as const;
  return gather({ plan, ready, ...blank, openedMs: atMs, nowMs: atMs }, { kind: "tick", atMs });
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
  const idle = [...state.seats.values()].flatMap((s) =>
    s.status === "working" ? [s.lastProgressMs + state.plan.idleMs] : [],
  );
  const grace = state.quorumMs === null || state.plan.graceMs === null ? [] : [state.quorumMs + state.plan.graceMs];
  return Math.min(...idle, ...grace);
}

function gather(state: RoundState, event: RoundEvent): Transition {
  const ready = new Map(state.ready);
  switch (event.kind) {
    case "site-ready":
      ready.set(event.site, event.weight);
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
  const sites = sortedSites(state.ready.keys());
  const seats = new Map<string, Seat>();
  for (const site of sites) {
    seats.set(site, { status: "working", lastProgressMs: state.nowMs, weight: state.ready.get(site) ?? 0 });
  }
  return { state: { ...state, phase: "collecting", seats }, commands: [{ kind: "instruct", sites }] };
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
  return expire({ ...state, seats: new Map(state.seats).set(site, settle(seat, event, state.nowMs)) });
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
      return { status: "failed", reason: "disconnected", weight: seat.weight };
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
    if (seat.status === "working" && nowMs >= seat.lastProgressMs + plan.idleMs) {
      seats.set(site, { status: "failed", reason: "deadline", weight: seat.weight });
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
