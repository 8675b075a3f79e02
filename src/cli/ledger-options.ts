import type { Command } from "commander";
import { runLedgerShow, runVerify } from "./command-verify.ts";
import type { Output } from "./output.ts";
import type { Outcome } from "./outcome.ts";

/** `sordino verify` and `sordino ledger show`. */
export function addLedgerCommands(program: Command, output: Output, outcome: Outcome): void {
  program
    .command("verify <dir>")
    .description("recompute epsilon from a run's ledger and compare it with the card; hash the released files")
    .option("--json", "print the findings as one JSON object")
    .addHelpText(
      "after",
      `
Exits with 0 when everything agrees, 2 when something contradicts the card, 3 when the evidence is incomplete: no card,
or a ledger that has gone on since the card was made (a ledger cut at a line's end looks like an earlier one).

Example:
  sordino verify out`,
    )
    .action(async (dir: string, flags: { json?: boolean }) => {
      outcome.code = await runVerify(dir, flags, output);
    });
  program
    .command("ledger")
    .description("look at a ledger")
    .command("show <dir>")
    .description("what was promised, reserved and used, by scope and run")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  sordino ledger show out")
    .action(async (dir: string, flags: { json?: boolean }) => {
      outcome.code = await runLedgerShow(dir, flags, output);
    });
}
