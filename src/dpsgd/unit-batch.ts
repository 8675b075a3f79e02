import type { Batch } from "./rows.ts";

/** A batch whose rows belong to units of privacy, one group each where a unit may have several. */
export interface UnitBatch extends Batch {
  readonly groupSizes?: Uint32Array;
}
