import type { RandomSource } from "../core/random-source.ts";
import { drawWords } from "./random-words.ts";

/** Passes of one fixed shape: at most `passes` of them, of `places` rows each. Both follow from public numbers. */
export interface Places {
  readonly places: number;
  readonly passes: number;
}

/**
 * Places for a batch of an expected size. A Poisson sample is larger than there is room for with probability below
 * e⁻⁴⁰ = 4.3e-18 (Bernstein: P(X − λ ≥ t) ≤ exp(−t² / (2(λ + t/3))) for sums of independent draws).
 *
 * @source Boucheron, Lugosi, Massart 2013, Concentration Inequalities, eq. (2.10).
 */
export function planPlaces(expectedBatchSize: number, physicalBatchSize: number): Places {
  const third = 40 / 3;
  const capacity = Math.ceil(expectedBatchSize + third + Math.sqrt(third ** 2 + 80 * expectedBatchSize));
  const passes = Math.ceil(capacity / physicalBatchSize);
  return { places: Math.ceil(capacity / passes), passes };
}

/**
 * Gives the rows of a batch different places, uniformly among all ways to do so. Which places the rows of a smaller batch
 * have, of those of a larger one that contains it, has the same law: a row that leaves moves no other.
 *
 * @param random - 4 bytes per row, and 4 more for each draw that is rejected.
 * @param rows - at most places · passes.
 * @returns for every pass that has a row, which one stands at each of its places; −1 where none does.
 */
export function drawPlaces(random: RandomSource, rows: number, { places, passes }: Places): Int32Array[] {
  const free = Int32Array.from({ length: places * passes }, (_, slot) => slot);
  const result: Int32Array[] = [];
  const filled = new Int32Array(places);
  let words = drawWords(random, rows);
  for (let row = 0, at = 0; row < rows; at++) {
    if (at === words.length) {
      words = drawWords(random, rows - row);
      at = 0;
    }
    const left = free.length - row;
    if (words[at] >= Math.floor(2 ** 32 / left) * left) continue;
    const chosen = words[at] % left;
    // of equal places, the first free pass: a pass is filled by nobody but rows of the same shape and kernels
    const place = free[chosen] % places;
    free[chosen] = free[left - 1];
    put(result, filled[place]++, place, row, places);
    row++;
  }
  return result;
}

function put(passes: Int32Array[], pass: number, place: number, row: number, places: number): void {
  while (passes.length <= pass) passes.push(new Int32Array(places).fill(-1));
  passes[pass][place] = row;
}

/** Rows at the places from `first` on, in order, for checks. */
export function rowsInOrder(rows: number, first: number, places: number): Int32Array[] {
  const result: Int32Array[] = [];
  for (let row = 0; row < rows; row++)
    put(result, Math.floor((first + row) / places), (first + row) % places, row, places);
  return result;
}
