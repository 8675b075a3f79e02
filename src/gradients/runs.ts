import type { RandomSource } from "../core/random-source.ts";
import { drawWords } from "./random-words.ts";
import { meanRunRows } from "./rounding.ts";

/** The number of runs that a public expected batch size asks for. */
export function countRuns(expectedBatchSize: number): number {
  return Math.max(1, Math.ceil(expectedBatchSize / meanRunRows));
}

/**
 * Puts each row into one of `runs` runs, uniformly and independently: one row's draw says nothing about another's, so
 * that between neighboring batches only the run of the record that differs changes.
 *
 * @param random - 4 bytes per row, and 4 more for each draw that is rejected.
 * @returns the rows of each run, in the order of the batch.
 */
export function drawRuns(random: RandomSource, rows: number, runs: number): number[][] {
  const assigned = Array.from({ length: runs }, (): number[] => []);
  const limit = Math.floor(2 ** 32 / runs) * runs;
  let words = drawWords(random, rows);
  for (let row = 0, at = 0; row < rows; at++) {
    if (at === words.length) {
      words = drawWords(random, rows - row);
      at = 0;
    }
    const word = words[at];
    if (word >= limit) continue;
    assigned[word % runs].push(row);
    row++;
  }
  return assigned;
}
