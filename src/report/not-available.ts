/**
 * A field of the card that has no value, and why. The one shape for it: a card leaves nothing out in silence, and a
 * reader can tell "none" from "not measured".
 */
export interface NotAvailable {
  readonly notAvailable: string;
}

/** A value, or the reason why there is none. */
export type Available<T> = T | NotAvailable;

/** Says why a field has no value. */
export function notAvailable(reason: string): NotAvailable {
  return Object.freeze({ notAvailable: reason });
}

/** Tells the reason from the value. */
export function isNotAvailable(value: unknown): value is NotAvailable {
  return typeof value === "object" && value !== null && "notAvailable" in value;
}
