import type { Command } from "commander";
import type { Output } from "./output.ts";
import { addIdentityCommands } from "./identity-options.ts";
import type { Outcome } from "./outcome.ts";

/** `sordino federated …`: `serve` and `join` here, what surrounds a run beside it. */
export function addFederatedCommands(program: Command, output: Output, outcome: Outcome): void {
  const federated = program.command("federated").description("train one model at several sites");
  federated
    .command("serve <config>")
    .description("coordinate rounds as the run's configuration file says")
    .option("--json", "print one JSON object per round and one at the end")
    .addHelpText("after", "\nExample:\n  sordino federated serve run.json")
    .action(async (config: string, flags: { json?: boolean }) => {
      const { serve } = await import("./command-federated.ts");
      outcome.code = await serve(config, flags, output);
    });
  federated
    .command("join <site>")
    .description("take part as the site file says: train on local records under a local ledger")
    .option("--json", "print one JSON object per round and one at the end")
    .addHelpText("after", "\nExample:\n  sordino federated join site.json")
    .action(async (site: string, flags: { json?: boolean }) => {
      const { join } = await import("./command-federated.ts");
      outcome.code = await join(site, flags, output);
    });
  addIdentityCommands(federated, output, outcome);
}
