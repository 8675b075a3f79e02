import { PrivacyError } from "./privacy-error.ts";

declare const notPrivate: unique symbol;

/**
 * A value computed from the data without noise: a norm, a loss, a fraction clipped. It may be shown on a developer's own
 * screen. No card, ledger record, log line or network message accepts this type, and it has no JSON form.
 */
export interface NotPrivate<T> {
  readonly [notPrivate]: T;
  /** Takes the value out, for a developer's own screen. The name is the warning. */
  revealNotPrivate(): T;
  /** Always throws: what is not private must not be serialised by accident. */
  toJSON(): never;
}

/** Marks `value` as not private. */
export function markNotPrivate<T>(value: T): NotPrivate<T> {
  const wrapper = {
    revealNotPrivate: () => value,
    toJSON: (): never => {
      throw new PrivacyError("invalid_state", "a value that is not private was about to be written out as JSON", {
        object: "NotPrivate",
        state: "serialised",
      });
    },
  };
  return Object.freeze(wrapper) as unknown as NotPrivate<T>;
}
