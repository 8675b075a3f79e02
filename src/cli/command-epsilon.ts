import { readFileSync } from "node:fs";
import { type Guarantee, account } from "../accounting/index.ts";
import {
  PrivacyError,
  invalidArgument,
  parseDelta,
  parseNoiseMultiplier,
  parseSamplingProbability,
  parseSteps,
} from "../core/index.ts";
import { readWhole } from "../dpsgd/index.ts";
import {
  type DpEvent,
  type Neighboring,
  fromDpAccounting,
  gaussian,
  poissonSampled,
  selfComposed,
  validateEvent,
} from "../events/index.ts";
import { type ExitCode, errorJson, exitCode } from "./exit-code.ts";
import { neighboringFlag, requireFlag } from "./flags.ts";
import { epsilonText } from "./number-text.ts";
import { type Output, printJson } from "./output.ts";

export interface EpsilonFlags {
  readonly noiseMultiplier?: number;
  readonly samplingProbability?: number;
  readonly steps?: number;
  readonly delta?: number;
  readonly neighboring: Neighboring;
  readonly tolerance?: number;
  readonly event?: string;
  readonly batch?: string;
  readonly json?: boolean;
}

/** `sordino epsilon`: the price of an event, from flags, an event file, or a file of questions. */
export function runEpsilon(flags: EpsilonFlags, output: Output): ExitCode {
  if (flags.batch !== undefined) return runBatch(flags.batch, flags, output);
  const delta = parseDelta(requireFlag(flags.delta, "--delta", "a probability in (0, 1)"));
  const event = flags.event === undefined ? eventFromFlags(flags) : readEvent(readText(flags.event), flags.event);
  const guarantee = price(event, flags.neighboring, delta, flags.tolerance);
  if (flags.json === true) printJson(output, guaranteeJson(guarantee));
  else printGuarantee(output, guarantee);
  return exitCode.ok;
}

/** DP-SGD as four flags; without --sampling-probability every record is in every step. */
function eventFromFlags(flags: EpsilonFlags): DpEvent {
  const z = parseNoiseMultiplier(requireFlag(flags.noiseMultiplier, "--noise-multiplier", "or --event FILE"));
  const steps = parseSteps(requireFlag(flags.steps, "--steps", "with --noise-multiplier"));
  const q = parseSamplingProbability(
    requireFlag(flags.samplingProbability, "--sampling-probability", "1 for no sampling"),
  );
  const step = q === 1 ? gaussian(z) : poissonSampled(q, gaussian(z));
  return selfComposed(step, steps);
}

function price(event: DpEvent, neighboring: Neighboring, delta: number, tolerance?: number): Guarantee {
  return account(event, { neighboring }).guarantee({ delta, ...(tolerance === undefined ? {} : { tolerance }) });
}

/** Ours, or dp_accounting's own form (recognised by its class_name). */
function readEvent(text: string, where: string): DpEvent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new PrivacyError(
      "file_unreadable",
      `${where} was wanted as JSON and is not`,
      { path: where, reason: "not JSON" },
      { cause },
    );
  }
  return eventOf(value);
}

function eventOf(value: unknown): DpEvent {
  const isTheirs = typeof value === "object" && value !== null && "class_name" in value;
  return isTheirs ? fromDpAccounting(value) : validateEvent(value);
}

function runBatch(path: string, flags: EpsilonFlags, output: Output): ExitCode {
  for (const line of readText(path).split("\n")) {
    if (line.trim() === "") continue;
    try {
      printJson(output, guaranteeJson(answerLine(line, flags)));
    } catch (error) {
      printJson(output, errorJson(error));
    }
  }
  return exitCode.ok;
}

function answerLine(line: string, flags: EpsilonFlags): Guarantee {
  let question: unknown;
  try {
    question = JSON.parse(line);
  } catch {
    throw invalidArgument("line", "one JSON object { event, delta, neighboring }", "something else");
  }
  if (typeof question !== "object" || question === null || !("event" in question)) {
    throw invalidArgument("line", "one JSON object { event, delta, neighboring }", "no event");
  }
  const { event, delta, neighboring } = question as { event: unknown; delta?: unknown; neighboring?: unknown };
  const relation = neighboring === undefined ? flags.neighboring : neighboringFlag(neighboring);
  return price(eventOf(event), relation, parseDelta(delta ?? flags.delta), flags.tolerance);
}

const readText = (path: string): string => (path === "-" ? readFileSync(0) : readWhole(path)).toString("utf8");

export function guaranteeJson(guarantee: Guarantee): object {
  const { epsilon, delta, neighboring, engine, engines, event, certificate, caveats } = guarantee;
  return { epsilon, delta, neighboring, engine, engines, event, certificate, caveats };
}

export function printGuarantee(output: Output, guarantee: Guarantee): void {
  const { lower, upper, point } = guarantee.epsilon;
  output.out(`epsilon  ${epsilonText(upper)}   certified upper bound at delta ${guarantee.delta}`);
  output.out(`         ${epsilonText(point)}   best estimate; the truth is at least ${epsilonText(lower, "down")}`);
  output.out(`neighboring  ${guarantee.neighboring}`);
  output.out(`engine       ${guarantee.engine}`);
  for (const e of guarantee.engines)
    output.out(`  ${e.name.padEnd(20)} ${epsilonText(e.epsilon.upper).padStart(12)}  ${e.why}`);
  for (const caveat of guarantee.caveats) output.out(`caveat       ${caveat}`);
}
