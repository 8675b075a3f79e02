import type { Neighboring } from "../events/index.ts";
import type { Composition } from "./mechanism.ts";

/** What a guarantee rests on that no accountant can check. */
export function caveatsOf(composition: Composition, neighboring: Neighboring): readonly string[] {
  const caveats = [
    "The guarantee is of the schedule as a whole, fixed before it starts: stopping early refunds nothing, and parameters chosen from earlier outputs need a filter.",
  ];
  if (composition.spends.some((s) => s.mechanism.kind === "sampled-gaussian")) {
    caveats.push(
      "Every batch must be drawn by Poisson sampling with the stated probability; shuffled or fixed-size batches do not have this guarantee.",
    );
  }
  if (neighboring === "add-or-remove-one") {
    caveats.push("The number of records is private under add-or-remove-one; anything computed from it must be priced.");
  }
  if (composition.failure > 0) {
    caveats.push("Part of delta pays for parts that fail outright with a stated probability.");
  }
  return Object.freeze(caveats);
}
