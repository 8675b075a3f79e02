import type { Command } from "commander";
import { join } from "node:path";
import { invalidArgument } from "../core/index.ts";
import { readWhole } from "../dpsgd/index.ts";
import { cardFiles, parsePrivacyCard, renderCardJson, renderCardMarkdown } from "../report/index.ts";
import type { Output } from "./output.ts";
import { exitCode } from "./exit-code.ts";
import type { Outcome } from "./outcome.ts";

/** `sordino card render`. */
export function addCardCommand(program: Command, output: Output, outcome: Outcome): void {
  program
    .command("card")
    .description("read a privacy card")
    .command("render <dir>")
    .description("print the card of a run")
    .option("--format <name>", "json or markdown", "markdown")
    .option("--json", "short for --format json")
    .addHelpText("after", "\nExamples:\n  sordino card render out\n  sordino card render out --format json")
    .action((dir: string, flags: { format: string; json?: boolean }) => {
      const card = parsePrivacyCard(readWhole(join(dir, cardFiles.json)).toString("utf8"));
      const format = flags.json === true ? "json" : flags.format;
      if (format === "json") output.out(renderCardJson(card).trimEnd());
      else if (format === "markdown") output.out(renderCardMarkdown(card).trimEnd());
      else throw invalidArgument("--format", "json or markdown", format);
      outcome.code = exitCode.ok;
    });
}
