import { createCipheriv } from "node:crypto";

/** Random signs and a Hadamard transform: spreads a vector's mass evenly, keeps its norm, and is public. */
export interface Rotation {
  /** In place; shape [words], a power of two. */
  readonly apply: (values: Float64Array) => void;
  readonly undo: (values: Float64Array) => void;
}

/** @param key - 32 public bytes that all sites and the coordinator share. */
export function rotation(key: Uint8Array, words: number): Rotation {
  const bits = createCipheriv("aes-256-ctr", key, new Uint8Array(16)).update(new Uint8Array(Math.ceil(words / 8)));
  const flip = (values: Float64Array): void => {
    for (let i = 0; i < words; i++) if ((bits[i >> 3] >> (i & 7)) & 1) values[i] = -values[i];
  };
  return {
    apply: (values) => {
      flip(values);
      hadamard(values);
    },
    undo: (values) => {
      hadamard(values);
      flip(values);
    },
  };
}

/** The normalised Walsh-Hadamard transform in place: its own inverse, O(d log d). */
function hadamard(values: Float64Array): void {
  const { length } = values;
  for (let half = 1; half < length; half *= 2) {
    for (let from = 0; from < length; from += 2 * half) {
      for (let i = from; i < from + half; i++) {
        const [a, b] = [values[i], values[i + half]];
        values[i] = a + b;
        values[i + half] = a - b;
      }
    }
  }
  const scale = 1 / Math.sqrt(length);
  for (let i = 0; i < length; i++) values[i] *= scale;
}
