import { type EpsilonInterval, account } from "../../src/accounting/index.ts";
import { dpSgd } from "../golden.ts";

/** A DP-SGD run in the words of the papers. */
export interface Run {
  readonly samplingProbability: number;
  readonly noiseMultiplier: number;
  readonly steps: number;
  readonly delta: number;
}

/** Our bracket under add-or-remove-one; `tolerance` is the width that is wished for, if any. */
export function priceOf(run: Run, tolerance?: number): EpsilonInterval {
  const event = dpSgd(run.samplingProbability, run.noiseMultiplier, run.steps);
  return account(event, { neighboring: "add-or-remove-one" }).guarantee({
    delta: run.delta,
    ...(tolerance === undefined ? {} : { tolerance }),
  }).epsilon;
}

/** What the Renyi engine alone says of it. */
export function renyiPriceOf(run: Run): number {
  const event = dpSgd(run.samplingProbability, run.noiseMultiplier, run.steps);
  const { engines } = account(event, { neighboring: "add-or-remove-one" }).guarantee({ delta: run.delta });
  return engines.find((e) => e.name === "rdp")?.epsilon.upper ?? NaN;
}
