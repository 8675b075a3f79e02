import { Command, CommanderError } from "commander";
import { isPrivacyError } from "../core/index.ts";
import { addCardCommand } from "./card-options.ts";
import { addDemoCommand } from "./demo-options.ts";
import { addEpsilonCommands } from "./epsilon-options.ts";
import { errorJson, errorLine, exitCode } from "./exit-code.ts";
import { addFederatedCommands } from "./federated-options.ts";
import { addLedgerCommands } from "./ledger-options.ts";
import type { Outcome } from "./outcome.ts";
import { type Output, printJson, standardOutput } from "./output.ts";
import { packageVersion } from "./package-version.ts";
import { addPlanCommand } from "./plan-options.ts";

/** Runs one command line and returns its exit code; never throws, never exits the process. */
export async function runCli(args: readonly string[], output: Output = standardOutput()): Promise<number> {
  const outcome: Outcome = { code: exitCode.ok };
  try {
    await buildProgram(output, outcome).parseAsync([...args], { from: "user" });
    return outcome.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.error;
    if (args.includes("--json")) printJson(output, errorJson(error));
    output.progress(errorLine(error));
    return isPrivacyError(error) && error.code === "aborted" ? exitCode.interrupted : exitCode.error;
  }
}

function buildProgram(output: Output, outcome: Outcome): Command {
  const program = new Command("sordino")
    .description("Differentially private training, accounting, federation, attacks and privacy cards.")
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.out(text.trimEnd()),
      writeErr: (text) => output.progress(text.trimEnd().replace(/^error: /, "sordino: [usage] ")),
    })
    .addHelpText(
      "after",
      `
Exit codes: 0 ok, 1 usage or runtime error, 2 a check failed, 3 evidence incomplete.
Progress goes to stderr, results to stdout; every command has --json.`,
    );
  addDemoCommand(program, output, outcome);
  addEpsilonCommands(program, output, outcome);
  addPlanCommand(program, output, outcome);
  addLedgerCommands(program, output, outcome);
  addCardCommand(program, output, outcome);
  addFederatedCommands(program, output, outcome);
  return program;
}
