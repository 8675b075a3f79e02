import {
  type Calibration,
  calibrateNoiseMultiplier,
  calibrateSamplingProbability,
  calibrateSteps,
} from "../accounting/index.ts";
import { invalidArgument } from "../core/index.ts";
import type { Neighboring } from "../events/index.ts";
import { guaranteeJson, printGuarantee } from "./command-epsilon.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { requireFlag } from "./flags.ts";
import { type Output, printJson } from "./output.ts";

export interface CalibrateFlags {
  readonly targetEpsilon?: number;
  readonly delta?: number;
  readonly samplingProbability?: number;
  readonly steps?: number;
  readonly noiseMultiplier?: number;
  readonly neighboring: Neighboring;
  readonly find: string;
  readonly json?: boolean;
}

/** `sordino calibrate`: the least noise, the most steps or the largest sampling probability within a target. */
export function runCalibrate(flags: CalibrateFlags, output: Output): ExitCode {
  const { value, guarantee } = calibrate(flags);
  if (flags.json === true) printJson(output, { value, guarantee: guaranteeJson(guarantee) });
  else {
    output.out(`${flags.find}  ${value}`);
    printGuarantee(output, guarantee);
  }
  return exitCode.ok;
}

function calibrate(flags: CalibrateFlags): Calibration {
  const { find, neighboring } = flags;
  const common = {
    targetEpsilon: requireFlag(flags.targetEpsilon, "--target-epsilon", "a number > 0"),
    delta: requireFlag(flags.delta, "--delta", "a probability in (0, 1)"),
    neighboring,
  };
  const need = (value: number | undefined, name: string): number => requireFlag(value, name, `with --find ${find}`);
  const z = (): number => need(flags.noiseMultiplier, "--noise-multiplier");
  const q = (): number => need(flags.samplingProbability, "--sampling-probability");
  const steps = (): number => need(flags.steps, "--steps");
  if (find === "noise-multiplier")
    return calibrateNoiseMultiplier({ ...common, samplingProbability: q(), steps: steps() });
  if (find === "steps") return calibrateSteps({ ...common, samplingProbability: q(), noiseMultiplier: z() });
  if (find === "sampling-probability")
    return calibrateSamplingProbability({ ...common, steps: steps(), noiseMultiplier: z() });
  throw invalidArgument("--find", "noise-multiplier, steps or sampling-probability", find);
}
