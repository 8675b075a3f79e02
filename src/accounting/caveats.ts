import type { Neighboring } from "../events/index.ts";
import type { Composition, Mechanism } from "./mechanism.ts";
import { pairOf } from "./pair-buckets.ts";

/** What a guarantee rests on that no accountant can check. */
export function caveatsOf(composition: Composition, neighboring: Neighboring, groupSize = 1): readonly string[] {
  const caveats = [
    "The guarantee is of the schedule as a whole, fixed before it starts: stopping early refunds nothing, and parameters chosen from earlier outputs need a filter.",
  ];
  if (groupSize > 1) caveats.push(`The guarantee is of groups of ${groupSize} records at once, not of one.`);
  if (composition.spends.some((s) => isSampled(s.mechanism))) {
    caveats.push(
      "Every batch must be drawn exactly as the event says, afresh and independently: Poisson sampling, a fixed size and shuffling have different guarantees.",
    );
  }
  if (composition.spends.some((s) => pairOf(s.mechanism)?.isAttained === false)) {
    caveats.push(
      "Part of it is priced by a bound that is not known to be attained, so no lower bound is claimed. A stated size of the data is that of the larger of two neighbors.",
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

function isSampled(m: Mechanism): boolean {
  if (m.kind === "pair") return m.pair.shape !== "discrete-laplace";
  return m.kind === "sampled-gaussian" || m.kind === "sampled-composition";
}
