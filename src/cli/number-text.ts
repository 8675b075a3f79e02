/**
 * A number in decimals, never on the flattering side: an upper bound is rounded up, a lower bound down.
 *
 * @param digits - after the point, 0 to 12.
 * @returns a decimal that parses to at least (up) or at most (down) `value`.
 */
export function epsilonText(value: number, direction: "up" | "down" = "up", digits = 6): string {
  if (!Number.isFinite(value)) return String(value);
  const unit = 10 ** digits;
  const scaled = value * unit;
  const rounded = direction === "up" ? Math.ceil(scaled) : Math.floor(scaled);
  const text = (rounded / unit).toFixed(digits);
  // the product may have been rounded onto a whole number from the other side
  if (direction === "up" && Number(text) < value) return ((rounded + 1) / unit).toFixed(digits);
  if (direction === "down" && Number(text) > value) return ((rounded - 1) / unit).toFixed(digits);
  return text;
}
