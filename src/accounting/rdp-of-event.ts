import { invalidArgument } from "../core/index.ts";
import { type DpEvent, type Neighboring, validateEvent } from "../events/index.ts";
import { compileEvent } from "./compile-event.ts";
import { rdpOfComposition } from "./rdp-curves.ts";

/**
 * Rényi divergence of an event at one order, in the worse direction: what a filter with an order fixed in advance adds up.
 *
 * @param options.order - α, finite, > 1.
 * @returns nats, ≥ 0; Infinity for events without any bound of this order, (ε, δ) events with δ > 0 among them.
 * @throws PrivacyError `invalid_argument`, `unsupported_event`.
 * @guarantee Upper bound, rounded up. Divergences of one order add under fully adaptive composition.
 * @source Mironov 2017, arXiv:1702.07476v3, Prop. 1; Feldman, Zrnic 2021, arXiv:2008.11193v4, Thm 3.1 (filter).
 */
export function rdpOfEvent(
  event: DpEvent,
  options: { readonly neighboring: Neighboring; readonly order: number },
): number {
  const { neighboring, order } = options;
  if (!(order > 1 && order < Infinity)) throw invalidArgument("order", "a finite number > 1", order);
  const composition = compileEvent(validateEvent(event), neighboring);
  // with a failure probability the likelihood ratio can be infinite
  return composition.failure > 0 ? Infinity : rdpOfComposition(composition, order);
}
