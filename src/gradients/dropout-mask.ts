import * as tf from "@tensorflow/tfjs-core";
import type { RandomSource } from "../core/random-source.ts";
import { drawWords } from "./random-words.ts";

/**
 * Zero with probability `rate`, and 1 / (1 − rate) elsewhere. Masks come from the engine's RandomSource, drawn for each
 * entry: a seeded or shared mask would tie one row to its position.
 *
 * @param random - 4 bytes per entry.
 */
export function dropoutMask(random: RandomSource, shape: number[], rate: number): tf.Tensor {
  const threshold = rate * 2 ** 32;
  const scale = 1 / (1 - rate);
  const words = drawWords(random, tf.util.sizeFromShape(shape));
  return tf.tensor(
    Float32Array.from(words, (word) => (word >= threshold ? scale : 0)),
    shape,
  );
}

/** A rate at which something is dropped; undefined where it is not. */
export function dropRate(value: unknown): number | undefined {
  const rate = Number(value ?? 0);
  return rate > 0 && rate < 1 ? rate : undefined;
}
