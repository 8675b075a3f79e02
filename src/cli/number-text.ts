/** Six decimals, never on the flattering side: an upper bound is rounded up, a lower bound down. */
export function epsilonText(value: number, direction: "up" | "down" = "up"): string {
  if (!Number.isFinite(value)) return String(value);
  const scaled = value * 1e6;
  const rounded = direction === "up" ? Math.ceil(scaled) : Math.floor(scaled);
  return (rounded / 1e6).toFixed(6);
}
