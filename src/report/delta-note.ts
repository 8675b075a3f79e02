import type { CardDelta } from "./card.ts";
import { type Available, isNotAvailable, notAvailable } from "./not-available.ts";
import { printExact, printPlain } from "./printed-number.ts";

// A hundredth of one record expected in the clear: below it the choice of delta is not what the reader must worry about.
const smallDisclosures = 0.01;

/**
 * Says what delta means for this data set: a mechanism that publishes every record outright with probability delta, and
 * does nothing else, is (0, delta)-private, and publishes N * delta records on average.
 *
 * @param delta - in (0, 1).
 * @param datasetSize - N, declared public, >= 1; or why it is not known.
 * @source Dwork, Roth 2014, doi:10.1561/0400000042, section 2.3 (delta of the order of 1/N is dangerous).
 */
export function justifyDelta(delta: number, datasetSize: Available<number>): CardDelta {
  if (isNotAvailable(datasetSize)) {
    return {
      text: `δ = ${printExact(delta)}; the size N of the data set is not public, so N·δ can not be shown.`,
      expectedDisclosures: notAvailable(datasetSize.notAvailable),
      warning: "Check that N·δ is far below 1.",
    };
  }
  // Twelve digits: 60,000 times 1e-5 is 0.6, not 0.6000000000000001.
  const expected = Number((datasetSize * delta).toPrecision(12));
  const shown = printPlain(expected);
  return {
    text: `δ = ${printExact(delta)} with N = ${printPlain(datasetSize)} records (declared public): N·δ = ${shown}, the number of records that a mechanism of this δ may publish outright, on average.`,
    expectedDisclosures: expected,
    warning: warn(expected, shown),
  };
}

function warn(expected: number, shown: string): string {
  if (expected <= smallDisclosures) return "";
  const advice = `choose δ so that N·δ is at most ${smallDisclosures}`;
  if (expected < 1) return `N·δ = ${shown} is not small: ${advice}.`;
  return `N·δ = ${shown}: this δ allows whole records to be published; ${advice}.`;
}
