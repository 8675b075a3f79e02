import { invalidArgument } from "../core/index.ts";

/**
 * Writes a non-negative number with `digits` significant digits, never below its value: 2.98417611 becomes "2.985".
 * Privacy numbers are upper bounds, so what a reader sees must be one too.
 *
 * @param value - in [0, Infinity].
 * @param digits - 1 to 15.
 * @returns a decimal (in exponent form below 1e-3 and from 1e21 on) that parses to at least `value`; "Infinity" for Infinity.
 * @throws PrivacyError `invalid_argument` on NaN, a negative number, or digits out of range.
 */
export function printRoundedUp(value: number, digits = 4): string {
  if (!(value >= 0)) throw invalidArgument("value", "a number in [0, Infinity]", value);
  if (!Number.isInteger(digits) || digits < 1 || digits > 15) throw invalidArgument("digits", "1 to 15", digits);
  if (value === 0 || value === Infinity) return String(value);
  const nearest = Number(value.toPrecision(digits));
  if (nearest >= value) return printExact(nearest);
  // One unit in the last printed place up. The sum is done on the digits as an integer: 0.1 + 0.2 is not 0.3.
  const [mantissa = "", exponent = ""] = value.toExponential(digits - 1).split("e");
  const raised = BigInt(mantissa.replace(".", "")) + 1n;
  return printExact(Number(`${raised}e${Number(exponent) - (digits - 1)}`));
}

/** A number as it is, in exponent form below 1e-3: nobody counts the zeros of 0.0000026. */
export function printExact(value: number): string {
  return value < 1e-3 ? value.toExponential() : String(value);
}

/** A count or setting as it is: integers with thin grouping, others to 6 significant digits. */
export function printPlain(value: number): string {
  if (Number.isSafeInteger(value)) return String(value).replaceAll(/\B(?=(\d{3})+$)/g, " ");
  return printExact(Number(value.toPrecision(6)));
}

/** A probability as a percentage, rounded up: an attack's cap must not be flattered. */
export function printPercentUp(probability: number): string {
  if (!(probability >= 0 && probability <= 1)) throw invalidArgument("probability", "in [0, 1]", probability);
  // The digits are moved, not multiplied: 0.07 * 100 is above 7, and rounding that up would print 7.01.
  const [mantissa = "0", exponent = "0"] = Number(printRoundedUp(probability, 3)).toExponential().split("e");
  return `${Number(`${mantissa}e${Number(exponent) + 2}`)} %`;
}
