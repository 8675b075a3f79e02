/** What the guarantee for one unit says about k of them at once. */
export interface GroupPrivacy {
  readonly k: number;
  readonly epsilon: number;
  readonly delta: number;
}

// The chain of k neighbors multiplies rounding k times; one part in 1e12 covers every k below.
const outward = 1 + 1e-12;

/**
 * The guarantee for groups of k units: k·ε and δ·(e^(kε) − 1)/(e^ε − 1), by walking k neighbors.
 *
 * @param epsilon - nats, >= 0, Infinity allowed.
 * @param delta - in [0, 1).
 * @returns one entry per k; delta 1 where the group has no protection left.
 * @guarantee Upper bounds, rounded up, for any mechanism that is (epsilon, delta)-private for one unit.
 * @source Vadhan 2017, "The Complexity of Differential Privacy", Lemma 2.2, with the geometric sum kept.
 */
export function groupPrivacy(epsilon: number, delta: number, sizes: readonly number[]): GroupPrivacy[] {
  return sizes.map((k) => {
    const growth = epsilon === 0 ? k : Math.expm1(k * epsilon) / Math.expm1(epsilon);
    // Infinity / Infinity where e^(kε) overflows: nothing is left of delta.
    const grown = delta === 0 ? 0 : Number.isNaN(growth) ? Infinity : delta * growth * outward;
    return { k, epsilon: k * epsilon * outward, delta: Math.min(1, grown) };
  });
}
