import type { Guarantee } from "../accounting/index.ts";

/** The guarantee with what has to be true for it, before the accountant's own caveats: whoever prints one prints both. */
export function assuming(guarantee: Guarantee, assumptions: readonly string[]): Guarantee {
  return Object.freeze({ ...guarantee, caveats: Object.freeze([...assumptions, ...guarantee.caveats]) });
}
