import { testNumbers } from "./models.fixture.ts";

/** Rows as a Dense layer [inputs, units] with a bias would report them: what it read, and the gradient at its output. */
export interface Rows {
  readonly inputs: number;
  readonly units: number;
  readonly a: readonly Float32Array[];
  readonly g: readonly Float32Array[];
}

export type Scheme = "parallel" | "random" | "mixed sizes" | "cancelling" | "half ulps" | "tiny";
export const schemes: readonly Scheme[] = ["parallel", "random", "mixed sizes", "cancelling", "half ulps", "tiny"];

/** Made to round badly: sums that grow by addends just above half an ulp, scales far apart, terms that cancel. */
export function makeRows(scheme: Scheme, count: number, inputs: number, units: number, seed: number): Rows {
  const next = testNumbers(seed);
  const entry = (row: number): number => {
    switch (scheme) {
      case "parallel":
        return 1 + 2 ** -23;
      case "random":
        return 2 * next() - 1;
      case "mixed sizes":
        return (2 * next() - 1) * 2 ** (Math.floor(200 * next()) - 100);
      case "cancelling":
        return (row % 2 === 0 ? 1 : -1) * (1 + 2 ** -22 * Math.floor(4 * next()));
      case "half ulps":
        return row % 97 < 64 ? 1 : (1 + next()) * 2 ** -18;
      case "tiny":
        return (2 * next() - 1) * 2 ** -120;
    }
  };
  const list = (row: number, size: number): Float32Array => Float32Array.from({ length: size }, () => entry(row));
  return {
    inputs,
    units,
    a: Array.from({ length: count }, (_, row) => list(row, inputs)),
    g: Array.from({ length: count }, (_, row) => list(row, units)),
  };
}

export function distance(a: readonly number[], b: readonly number[]): number {
  return Math.sqrt(a.reduce((sum, value, k) => sum + (value - b[k]) ** 2, 0));
}
