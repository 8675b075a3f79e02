import type { Command } from "commander";
import type { DemoFlags } from "./demo-flags.ts";
import { numberFlag } from "./flags.ts";
import type { Output } from "./output.ts";
import type { Outcome } from "./outcome.ts";

/** `sordino demo`: the main job on real data. */
export function addDemoCommand(program: Command, output: Output, outcome: Outcome): void {
  program
    .command("demo")
    .description("train MNIST privately, attack the model, write its privacy card")
    .option("--data <name>", "data set: mnist", "mnist")
    .option("--epochs <n>", "passes over the data on average", numberFlag("--epochs"), 12)
    .option("--out <dir>", "folder to write; must not hold another run", "out")
    .option("--target-epsilon <e>", "never exceeded", numberFlag("--target-epsilon"), 2.5)
    .option("--delta <d>", "in (0, 1)", numberFlag("--delta"), 1e-5)
    .option("--json", "print the summary as one JSON object")
    .addHelpText(
      "after",
      `
Examples:
  sordino demo                                  12 epochs, epsilon 2.5, into ./out
  sordino demo --epochs 1 --out quick           a quick look
  sordino demo --target-epsilon 1 --out strong
Ctrl-C stops after the step in progress; the ledger then counts the steps that were taken.`,
    )
    .action(async (flags: DemoFlags) => {
      const { runDemo } = await import("./command-demo.ts");
      outcome.code = await runDemo(flags, output);
    });
}
