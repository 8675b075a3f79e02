import type { Command } from "commander";
import type { ApproveFlags, InitFlags } from "./command-identity.ts";
import type { DryRunFlags } from "./command-rehearse.ts";
import { numberFlag } from "./flags.ts";
import type { Outcome } from "./outcome.ts";
import type { Output } from "./output.ts";

const days = "how long the certificate is good; 360 by default";

/** The commands around a run: who is who, and what would happen. */
export function addIdentityCommands(federated: Command, output: Output, outcome: Outcome): void {
  federated
    .command("init <folder>")
    .description("make a federation's authority and the coordinator's certificate")
    .requiredOption("--host <host...>", "DNS names and IP addresses that sites connect to")
    .option("--days <n>", days, numberFlag("--days"))
    .option("--renew", "only a new certificate for the server of the authority that is there")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  sordino federated init authority --host fed.example.org 10.0.0.7")
    .action(async (folder: string, flags: InitFlags) => {
      const { init } = await import("./command-identity.ts");
      outcome.code = await init(folder, flags, output);
    });
  federated
    .command("request <folder>")
    .description("make a site's key, which stays, and a request for a certificate, which travels")
    .requiredOption("--site <name>", "the site's public name")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  sordino federated request identity --site north")
    .action(async (folder: string, flags: { site: string; json?: boolean }) => {
      const { request } = await import("./command-identity.ts");
      outcome.code = await request(folder, flags, output);
    });
  federated
    .command("approve <request>")
    .description("issue a site's certificate, once its fingerprint was read out over another channel")
    .requiredOption("--authority <folder>", "folder that `init` made")
    .option("--fingerprint <sha256>", "what the site read out; without it the request is only shown")
    .option("--days <n>", days, numberFlag("--days"))
    .option("--rotate", "the site has a new key: revoke its earlier ones")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  sordino federated approve north.csr --authority authority --fingerprint 6008a769…",
    )
    .action(async (path: string, flags: ApproveFlags) => {
      const { approve } = await import("./command-identity.ts");
      outcome.code = await approve(path, flags, output);
    });
  federated
    .command("revoke <site>")
    .description("take a site's keys back, also from a run that is under way")
    .requiredOption("--authority <folder>", "folder that `init` made")
    .option("--fingerprint <sha256>", "only this key")
    .option("--reason <text>", "shown to the site")
    .option("--json", "print one JSON object")
    .addHelpText("after", '\nExample:\n  sordino federated revoke north --authority authority --reason "laptop lost"')
    .action(
      async (site: string, flags: { authority: string; fingerprint?: string; reason?: string; json?: boolean }) => {
        const { revoke } = await import("./command-identity.ts");
        outcome.code = revoke(site, flags, output);
      },
    );
  addRehearsalCommands(federated, output, outcome);
}

function addRehearsalCommands(federated: Command, output: Output, outcome: Outcome): void {
  federated
    .command("dry-run <site>")
    .description("print and sign exactly what would leave the site in a round; reads no record and spends nothing")
    .option("--model <folder>", "the model that would be announced; without it the coordinator is asked")
    .option("--rounds <n>", "with --model: the rounds that would be announced", numberFlag("--rounds"))
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  sordino federated dry-run site.json --model model --rounds 10")
    .action(async (site: string, flags: DryRunFlags) => {
      const { rehearse } = await import("./command-rehearse.ts");
      outcome.code = await rehearse(site, flags, output);
    });
  federated
    .command("doctor <site>")
    .description("look at everything that joining needs: files, certificate, network, clock, sizes, policy")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  sordino federated doctor site.json")
    .action(async (site: string, flags: { json?: boolean }) => {
      const { doctor } = await import("./command-rehearse.ts");
      outcome.code = await doctor(site, flags, output);
    });
  federated
    .command("audit <trail>")
    .description("check an audit trail and print it")
    .option("--head <sha256>", "the head that was noted: a trail that was cut short does not have it")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  sordino federated audit audit.jsonl")
    .action(async (path: string, flags: { head?: string; json?: boolean }) => {
      const { audit } = await import("./command-identity.ts");
      outcome.code = audit(path, flags, output);
    });
}
