import { invalidArgument } from "../core/index.ts";

const made = new WeakSet<object>();

/** Freezes a plan and remembers that this package made it. */
export function madePlan<T extends object>(plan: T): T {
  made.add(Object.freeze(plan));
  return plan;
}

/**
 * A copy of a plan with another field would be played as the copy says and priced as the first was.
 *
 * @throws PrivacyError `invalid_argument` for a plan that did not come from its own function.
 */
export function requireMade(plan: object, argument: string, maker: string): void {
  if (made.has(plan)) return;
  throw invalidArgument(argument, `as ${maker}() returned it`, "a copy", "make a plan of what the run is to be");
}
