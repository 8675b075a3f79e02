import { invalidArgument, parsePositiveInteger, parseSteps } from "../core/index.ts";
import type { Strategy } from "./strategy.ts";

/** How a buffered run releases. Public constants. */
export interface BufferOptions {
  /** K: a release for every so many updates. */
  readonly size: number;
  /** An update whose model is more releases old is refused; 20 by default. */
  readonly maxStaleness?: number;
  /** η; 1 by default. */
  readonly serverLearningRate?: number;
}

/** @throws PrivacyError `invalid_argument` naming the option, also for what a buffered run can not do. */
export function parseBuffer(
  { size, maxStaleness = 20, serverLearningRate = 1 }: BufferOptions,
  run: { strategy: Strategy; initialModel?: unknown },
): Required<BufferOptions> {
  parsePositiveInteger(size, "buffered.size");
  parseSteps(maxStaleness, "buffered.maxStaleness");
  if (!(serverLearningRate > 0 && serverLearningRate <= 2 ** 20)) {
    throw invalidArgument("buffered.serverLearningRate", "a number in (0, 2^20]", serverLearningRate);
  }
  const { kind } = run.strategy.rule;
  if (kind !== "fed-avg" && kind !== "fed-prox")
    throw invalidArgument("strategy", "fedAvg or fedProx with buffered", kind);
  if (run.initialModel === undefined) throw invalidArgument("initialModel", "given with buffered", undefined);
  return { size, maxStaleness, serverLearningRate };
}
