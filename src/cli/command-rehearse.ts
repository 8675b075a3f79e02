import { type DryRunReport, dryRun, examineSite } from "../federated/index.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { epsilonText } from "./number-text.ts";
import { type Output, printJson } from "./output.ts";
import { useWasmBackend } from "./tensor-backend.ts";

export interface DryRunFlags {
  readonly model?: string;
  readonly rounds?: number;
  readonly json?: boolean;
}

/** `sordino federated dry-run SITE`: what would leave, signed. Exit 2 when the site's policy forbids it. */
export async function rehearse(sitePath: string, flags: DryRunFlags, output: Output): Promise<ExitCode> {
  await useWasmBackend();
  const { model: modelPath, rounds } = flags;
  const optional = { ...(modelPath === undefined ? {} : { modelPath }), ...(rounds === undefined ? {} : { rounds }) };
  const signed = await dryRun({ sitePath, ...optional });
  if (flags.json === true) printJson(output, signed);
  else {
    printReport(signed.report, output);
    if (signed.signature === null) output.out("signature none: the site file names no key");
    else output.out(`signature ${signed.signature} by ${signed.fingerprint ?? ""}`);
  }
  return typeof signed.report.policy === "object" ? exitCode.checkFailed : exitCode.ok;
}

function printReport(
  { site, server, run, policy, update, metrics, declared, privacy }: DryRunReport,
  output: Output,
): void {
  const cohort = run.minClients === null ? "" : `, at least ${run.minClients} sites`;
  output.out(
    `dry run   ${site} with ${server}, ${run.rounds} rounds${cohort} (as the ${run.source} says); no record was read`,
  );
  if (typeof policy === "object") output.out(`forbidden ${policy.text}`);
  else output.out(`policy    ${policy === "none" ? "the site file has none" : "allows it"}`);
  if (update !== null) {
    output.out(`leaves    in each round, ${update.isMasked ? "masked" : "not masked"}:`);
    for (const { name, dtype, shape, bytes } of update.tensors) {
      output.out(`            ${name}  ${dtype} [${shape.join(", ")}]  ${bytes} bytes`);
    }
    const { siteNoise } = run;
    if (siteNoise !== null) {
      const { share, l2ClipNorm, honestSurvivors, epsilonUpper, delta } = siteNoise;
      output.out(
        `noise     ${share.toPrecision(4)} of the clip norm ${l2ClipNorm} before masking, counting on ${honestSurvivors} honest sites`,
      );
      if (epsilonUpper !== null)
        output.out(
          `          epsilon <= ${epsilonText(epsilonUpper)} at delta ${delta} (zero-out site) for the whole run`,
        );
    }
    const coded = Object.entries(update.messages).map(([kind, m]) => `${m.count} ${kind} (${m.bytes} bytes)`);
    output.out(`          ${update.tensorBytes} bytes of tensors; messages: ${coded.join(", ")}`);
  }
  const shown = metrics.length === 0 ? "none" : `${metrics.join(", ")} (on data declared public)`;
  output.out(`metrics   ${shown}`);
  output.out(`declared  name ${declared.site}, weight ${declared.weight}, can ${declared.capabilities.join(", ")}`);
  if (privacy === null) return;
  const upper = privacy.epsilonUpper === "Infinity" ? Infinity : privacy.epsilonUpper;
  output.out(
    `epsilon   <= ${epsilonText(upper)} at delta ${privacy.delta} (${privacy.neighboring}, ${privacy.unit}), all that the ledger holds and this run`,
  );
  output.out(`          the coordinator need not be honest for it: the noise is drawn here`);
  output.out(`charged   ${JSON.stringify(privacy.event)}`);
}

/** `sordino federated doctor SITE`: everything that joining needs, on one screen. Exit 2 when something failed. */
export async function doctor(sitePath: string, flags: { readonly json?: boolean }, output: Output): Promise<ExitCode> {
  const findings = await examineSite(sitePath);
  if (flags.json === true) printJson(output, { findings });
  else
    for (const { check, status, detail } of findings) output.out(`${status.padEnd(8)} ${check.padEnd(18)} ${detail}`);
  return findings.some((f) => f.status === "failed") ? exitCode.checkFailed : exitCode.ok;
}
