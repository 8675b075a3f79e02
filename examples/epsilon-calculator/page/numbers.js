// Numbers for readers. A bound is never printed on its unsafe side: uppers round up, lowers round down.

function plain(value) {
  if (value === 0) return "0";
  return value < 1e-3 || value >= 1e6 ? value.toExponential() : String(value);
}

/** The decimal with `digits` significant digits next to value in the given direction (+1 up, −1 down). */
function rounded(value, digits, direction) {
  if (value === Infinity) return "∞";
  if (!(value > 0)) return "0";
  const nearest = Number(value.toPrecision(digits));
  if (direction * (nearest - value) >= 0) return plain(nearest);
  // the step is taken on the digits as an integer, since 0.1 + 0.2 is not 0.3
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  return plain(Number(`${Number(mantissa.replace(".", "")) + direction}e${Number(exponent) - digits + 1}`));
}

/** Never below the value. */
export function printUp(value, digits = 5) {
  return rounded(value, digits, 1);
}

/** Never above the value. */
export function printDown(value, digits = 5) {
  return rounded(value, digits, -1);
}

/** An estimate, to the nearest. */
export function printNear(value, digits = 5) {
  return value === Infinity ? "∞" : plain(Number(value.toPrecision(digits)));
}

/** A share as a percentage, rounded up. */
export function printPercentUp(share) {
  if (share >= 1) return "100 %";
  const [mantissa, exponent] = Number(printUp(share, 3)).toExponential().split("e");
  // digits are moved, not multiplied: 0.07 · 100 is above 7
  return `${Number(`${mantissa}e${Number(exponent) + 2}`)} %`;
}

/** A count, in groups of three. */
export function printCount(value) {
  return value >= 1e15 ? value.toExponential(3) : value.toLocaleString("en-US").replaceAll(",", "\u202f");
}
