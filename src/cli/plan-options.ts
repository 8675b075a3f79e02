import type { Command } from "commander";
import { type PlanFlags, runPlan } from "./command-plan.ts";
import { neighboringFlag, numberFlag, numberListFlag } from "./flags.ts";
import type { Output } from "./output.ts";
import type { Outcome } from "./outcome.ts";

/** `sordino plan`. */
export function addPlanCommand(program: Command, output: Output, outcome: Outcome): void {
  program
    .command("plan")
    .description("compare batch sizes and epochs within one budget: the noise each needs, and what signal is left")
    .requiredOption("--n <records>", "number of records that is declared public", numberFlag("--n"))
    .requiredOption("--epsilon <e>", "epsilon that must not be exceeded", numberFlag("--epsilon"))
    .requiredOption("--delta <d>", "in (0, 1)", numberFlag("--delta"))
    .option(
      "--neighboring <relation>",
      "add-or-remove-one or zero-out (Poisson sampling has no analysis under replace-one)",
      neighboringFlag,
      "add-or-remove-one",
    )
    .option("--batches <list>", "expected batch sizes, as 256,1024", numberListFlag("--batches"))
    .option("--epochs <list>", "passes over the data, as 5,20,80", numberListFlag("--epochs"))
    .option("--least-steps <t>", "recommend no plan with fewer steps (500)", numberFlag("--least-steps"))
    .option("--json", 'print {"rows", "recommended", "rule"}')
    .addHelpText(
      "after",
      `
Trying several plans on the same data costs more than one: each attempt is a run of its own.

Examples:
  sordino plan --n 60000 --epsilon 3 --delta 1e-5
  sordino plan --n 60000 --epsilon 3 --delta 1e-5 --batches 256,1024,4096 --epochs 10,40 --json`,
    )
    .action((flags: PlanFlags) => {
      outcome.code = runPlan(flags, output);
    });
}
