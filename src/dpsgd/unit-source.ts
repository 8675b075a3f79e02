import { dispose, gather, tensor1d } from "@tensorflow/tfjs-core";
import { invalidArgument, parsePositiveInteger } from "../core/index.ts";
import type { RandomSource } from "../core/random-source.ts";
import { mapTargets, tensorsOf } from "./batch.ts";
import { type Batch, type RowSource, requireBatchOf } from "./rows.ts";
import type { UnitBatch } from "./unit-batch.ts";
import { shuffleFront } from "./uniform-index.ts";
import { type Augmentations, addViews, parseAugmentations } from "./views.ts";

/** Random access to the units that the sampler draws: records, or the users that records belong to. */
export interface UnitSource {
  /** How many there are; private under add-or-remove-one. */
  readonly units: number;
  /** Whether batches come with groups. */
  readonly isGrouped: boolean;
  /** What the rows of the units drawn are: fresh tensors, which the caller disposes. */
  gather(units: Uint32Array): Promise<UnitBatch>;
}

/** How records are made into units. */
export interface UnitOptions {
  /** The user of each row, as many as rows; left out: every row is a unit. */
  readonly unitIds?: ArrayLike<number | string>;
  /** Rows of one user in one step at most: a uniform choice anew each time. Default 32. */
  readonly rowsPerUnit?: number;
  readonly augmentations?: Augmentations;
}

const defaultRowsPerUnit = 32;

/**
 * The units of a row source. Whatever a unit holds, it is one gradient: the mean over its rows and their views, which is
 * clipped once.
 *
 * @param random - draws which rows of a user with more than `rowsPerUnit` take part.
 * @throws PrivacyError `invalid_argument`, naming the field; never a user.
 */
export function unitsOf(source: RowSource, options: UnitOptions, random: RandomSource): UnitSource {
  const augmentations = parseAugmentations(options.augmentations);
  if (options.unitIds === undefined) {
    if (options.rowsPerUnit !== undefined)
      throw invalidArgument("data.rowsPerUnit", "left out without unitIds", "given");
    return rowUnits(source, augmentations);
  }
  const most = parsePositiveInteger(options.rowsPerUnit ?? defaultRowsPerUnit, "data.rowsPerUnit");
  const rowsOf = groupRows(options.unitIds, source.rows);
  return {
    units: rowsOf.length,
    isGrouped: true,
    async gather(units) {
      const groups = Array.from(units, (unit) => chooseRows(rowsOf[unit] ?? new Uint32Array(0), most, random));
      const sizes = Uint32Array.from(groups, (group) => group.length);
      const rows = Uint32Array.from(groups.flatMap((group) => [...group]));
      const batch = await gatherInOrder(source, rows);
      return addViews(batch, sizes, augmentations);
    },
  };
}

function rowUnits(source: RowSource, augmentations: Augmentations | undefined): UnitSource {
  return {
    units: source.rows,
    isGrouped: augmentations !== undefined,
    async gather(units) {
      const batch = await gatherRows(source, units);
      if (augmentations === undefined) return batch;
      return addViews(batch, new Uint32Array(units.length).fill(1), augmentations);
    },
  };
}

function groupRows(ids: ArrayLike<number | string>, rows: number): Uint32Array[] {
  if (ids === null || typeof ids !== "object" || ids.length !== rows) {
    throw invalidArgument("data.unitIds", "an array with the user of every row", "another number of ids");
  }
  const rowsOf = new Map<number | string, number[]>();
  for (let row = 0; row < rows; row++) {
    const id: unknown = ids[row];
    const isName = typeof id === "string" || (typeof id === "number" && Number.isFinite(id));
    if (!isName) throw invalidArgument("data.unitIds", "strings or finite numbers", typeof id);
    const own = rowsOf.get(id);
    if (own === undefined) rowsOf.set(id, [row]);
    else own.push(row);
  }
  return [...rowsOf.values()].map((own) => Uint32Array.from(own));
}

/** A choice that depends on the user's own rows alone. */
function chooseRows(own: Uint32Array, most: number, random: RandomSource): Uint32Array {
  if (own.length <= most) return own;
  const order = own.slice();
  shuffleFront(order, most, random);
  return order.slice(0, most);
}

/** Refuses, and disposes, what is not one row per index. */
async function gatherRows(source: RowSource, rows: Uint32Array): Promise<Batch> {
  const batch = await source.gather(rows);
  try {
    requireBatchOf(batch, rows);
    return batch;
  } catch (error) {
    dispose({
      x: batch?.x,
      y: batch?.y,
      more: batch?.moreLabels,
      weights: batch?.sampleWeights,
      mask: batch?.lossMask,
    } as never);
    throw error;
  }
}

/** A source is asked for ascending rows; users' rows lie anywhere. */
async function gatherInOrder(source: RowSource, rows: Uint32Array): Promise<Batch> {
  const order = Uint32Array.from(rows, (_, i) => i).toSorted((a, b) => (rows[a] ?? 0) - (rows[b] ?? 0));
  const batch = await gatherRows(
    source,
    order.map((i) => rows[i] ?? 0),
  );
  const place = new Int32Array(rows.length);
  order.forEach((i, at) => (place[i] = at));
  if (place.every((at, i) => at === i)) return batch;
  const indices = tensor1d(place, "int32");
  try {
    return { x: batch.x.map((t) => gather(t, indices)), ...mapTargets(batch, (t) => gather(t, indices)) };
  } finally {
    dispose([indices, ...tensorsOf(batch)]);
  }
}
