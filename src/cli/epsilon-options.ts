import type { Command } from "commander";
import { type CalibrateFlags, runCalibrate } from "./command-calibrate.ts";
import { type EpsilonFlags, runEpsilon } from "./command-epsilon.ts";
import { neighboringFlag, numberFlag } from "./flags.ts";
import type { Output } from "./output.ts";
import type { Outcome } from "./outcome.ts";

const relation = "add-or-remove-one, replace-one or zero-out";

/** `sordino epsilon` and `sordino calibrate`. */
export function addEpsilonCommands(program: Command, output: Output, outcome: Outcome): void {
  program
    .command("epsilon")
    .description("price an event: certified epsilon at a delta")
    .option("--noise-multiplier <z>", "noise standard deviation / clip norm", numberFlag("--noise-multiplier"))
    .option(
      "--sampling-probability <q>",
      "probability that a record is in a step",
      numberFlag("--sampling-probability"),
    )
    .option("--steps <t>", "number of steps", numberFlag("--steps"))
    .option("--delta <d>", "in (0, 1)", numberFlag("--delta"))
    .option("--neighboring <relation>", relation, neighboringFlag, "add-or-remove-one")
    .option("--tolerance <e>", "how wide the certified interval may be", numberFlag("--tolerance"))
    .option("--event <file>", "a DpEvent as JSON, ours or dp_accounting's (- for stdin)")
    .option("--batch <file>", "one {event, delta, neighboring} per line; one JSON result per line (- for stdin)")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
Examples:
  sordino epsilon --noise-multiplier 1.1 --sampling-probability 0.00426667 --steps 14062 --delta 1e-5
  sordino epsilon --event event.json --delta 1e-6 --json
  sordino epsilon --batch questions.jsonl`,
    )
    .action((flags: EpsilonFlags) => {
      outcome.code = runEpsilon(flags, output);
    });
  program
    .command("calibrate")
    .description("find the least noise, the most steps or the largest sampling probability within a target epsilon")
    .requiredOption("--target-epsilon <e>", "epsilon that must not be exceeded", numberFlag("--target-epsilon"))
    .requiredOption("--delta <d>", "in (0, 1)", numberFlag("--delta"))
    .requiredOption("--find <what>", "noise-multiplier, steps or sampling-probability")
    .option(
      "--sampling-probability <q>",
      "probability that a record is in a step",
      numberFlag("--sampling-probability"),
    )
    .option("--steps <t>", "number of steps", numberFlag("--steps"))
    .option("--noise-multiplier <z>", "noise standard deviation / clip norm", numberFlag("--noise-multiplier"))
    .option("--neighboring <relation>", relation, neighboringFlag, "add-or-remove-one")
    .option("--json", 'print {"value", "guarantee"}')
    .addHelpText(
      "after",
      `
Examples:
  sordino calibrate --target-epsilon 2.5 --delta 1e-5 --sampling-probability 0.00426667 --steps 3516 --find noise-multiplier
  sordino calibrate --target-epsilon 3 --delta 1e-5 --sampling-probability 0.01 --noise-multiplier 1.2 --find steps`,
    )
    .action((flags: CalibrateFlags) => {
      outcome.code = runCalibrate(flags, output);
    });
}
