import type { Guarantee } from "../accounting/index.ts";
import {
  type ClientRound,
  type JoinResult,
  type RoundRecord,
  type RunResult,
  type SiteNoisePlan,
  type SiteOutcome,
  runJoin,
  runServe,
} from "../federated/index.ts";
import { guaranteeJson } from "./command-epsilon.ts";
import { type ExitCode, errorLine, exitCode } from "./exit-code.ts";
import { withInterrupt } from "./interrupt.ts";
import { epsilonText } from "./number-text.ts";
import { type Output, printJson } from "./output.ts";
import { trainingProgress } from "./progress.ts";
import { useWasmBackend } from "./tensor-backend.ts";

/** `sordino federated serve CONFIG`: plays the run and prints a line (or JSON object) per round. */
export async function serve(configPath: string, flags: { json?: boolean }, output: Output): Promise<ExitCode> {
  const isJson = flags.json === true;
  const result = await withInterrupt(
    (signal) =>
      runServe({
        configPath,
        signal,
        onListening: ({ address, runId, siteNoise }) => {
          output.progress(`run ${runId}: listening on ${address}`);
          if (siteNoise !== null) printSiteNoise(siteNoise, isJson, output);
        },
        onObservable: (address) => output.progress(`metrics and status on http://${address}/`),
        onRound: (record) => (isJson ? printJson(output, record) : printRound(record, output)),
      }),
    () => output.progress("closing …"),
  );
  const { runId, rounds, modelDigest, guarantee, siteNoise } = result;
  if (isJson) {
    const privacy = guarantee === null ? {} : { privacy: sitePrivacyJson(guarantee, siteNoise) };
    printJson(output, { runId, rounds: rounds.length, modelDigest, ...privacy });
    return exitCode.ok;
  }
  output.out(`finished  ${released(result)} of ${rounds.length} rounds released; model ${modelDigest}`);
  if (guarantee !== null) printSitePrivacy(guarantee, output);
  return exitCode.ok;
}

function sitePrivacyJson(guarantee: Guarantee, siteNoise: SiteNoisePlan | null): object {
  const { honestSurvivors, mostColluders, assumptions } = siteNoise ?? {};
  const believed =
    siteNoise === null
      ? { coordinator: "must be honest" }
      : { coordinator: "need not be honest about noise", honestSurvivors, mostColluders, assumptions };
  return { unit: "client", ...believed, ...guaranteeJson(guarantee) };
}

/** What every site will add and what it is to give, before the first round. */
function printSiteNoise(plan: SiteNoisePlan, isJson: boolean, output: Output): void {
  const { noiseMultiplier, honestSurvivors, l2ClipNorm, noiseShare, assumptions } = plan;
  const guarantee = plan.guarantee();
  if (isJson) return printJson(output, { siteNoise: plan, privacy: sitePrivacyJson(guarantee, plan) });
  output.out(
    `noise     each site adds ${noiseShare.toPrecision(4)} of its clip norm ${l2ClipNorm}: ${honestSurvivors} of them together ${noiseMultiplier}`,
  );
  output.out(
    `plan      epsilon <= ${epsilonText(guarantee.epsilon.upper)} at delta ${guarantee.delta} (zero-out site) for ${plan.rounds} rounds`,
  );
  for (const assumption of assumptions) output.out(`assumed   ${assumption}`);
}

/** The released models' price for the site as unit. */
function printSitePrivacy({ epsilon, delta, neighboring, caveats }: Guarantee, output: Output): void {
  output.out(
    `privacy   epsilon <= ${epsilonText(epsilon.upper)} at delta ${delta} (${neighboring} site), of the models`,
  );
  for (const caveat of caveats) output.out(`caveat    ${caveat}`);
}

const released = ({ rounds }: RunResult): number => rounds.filter((r) => r.outcome === "released").length;

function printRound({ round, outcome, sites, plannedCohort, evaluation }: RoundRecord, output: Output): void {
  const used = sites.filter((s) => s.status === "used").length;
  // where who was drawn is a secret, so is how many answered
  const answers =
    plannedCohort === undefined ? `${used} of ${sites.length} updates used` : `${plannedCohort} sites drawn on average`;
  const metrics = Object.entries(evaluation?.metrics ?? {}).map(([name, value]) => `${name} ${value.toFixed(4)}`);
  output.out([`round ${round}: ${outcome}, ${answers}`, ...metrics].join("; "));
  for (const site of sites) output.out(`  ${siteText(site)}`);
}

function siteText({ site, status, reason, privacy }: SiteOutcome): string {
  const because = reason === null ? "" : ` (${reason})`;
  const price =
    privacy === null ? "" : `; its ledger: epsilon <= ${epsilonText(privacy.epsilon.upper)} at delta ${privacy.delta}`;
  return `${site}: ${status}${because}${price}`;
}

/** `sordino federated join SITE`: trains local records under the local ledger. Prints nothing computed from them. */
export async function join(sitePath: string, flags: { json?: boolean }, output: Output): Promise<ExitCode> {
  const isJson = flags.json === true;
  await useWasmBackend();
  const show = trainingProgress(output);
  const result = await withInterrupt(
    (signal) =>
      runJoin({
        sitePath,
        signal,
        onStep: show,
        onRound: (round) => (isJson ? printJson(output, withoutError(round)) : printClientRound(round, output)),
      }),
    () => output.progress("leaving after this step …"),
  );
  const { siteGuarantee: guarantee } = result;
  const site = guarantee === null ? null : { unit: "client", ...guaranteeJson(guarantee) };
  if (isJson) printJson(output, { ...result, rounds: result.rounds.length, siteGuarantee: site });
  else printJoined(result, output);
  return exitCode.ok;
}

const withoutError = ({ error: _stays, ...round }: ClientRound): object => round;

function printClientRound({ round, asked, outcome, reason, error }: ClientRound, output: Output): void {
  const because = reason === null ? "" : ` (${reason})`;
  output.out(`round ${round}: ${asked} ${outcome}${because}`);
  if (error !== undefined) output.progress(errorLine(error));
}

function printJoined({ site, runId, rounds, privacy, siteGuarantee }: JoinResult, output: Output): void {
  const accepted = rounds.filter((r) => r.outcome === "accepted").length;
  output.out(`finished  ${site} in run ${runId}: ${accepted} of ${rounds.length} answers accepted`);
  if (privacy === null) output.out("privacy   nothing was trained here, nothing was spent");
  else
    output.out(
      `privacy   epsilon <= ${epsilonText(privacy.epsilon.upper)} at delta ${privacy.delta} (${privacy.neighboring} ${privacy.unit})`,
    );
  if (siteGuarantee === null) return;
  const { epsilon, delta, neighboring } = siteGuarantee;
  output.out(
    `site      epsilon <= ${epsilonText(epsilon.upper)} at delta ${delta} (${neighboring} site), by the sites' own noise`,
  );
  for (const caveat of siteGuarantee.caveats) output.out(`caveat    ${caveat}`);
}
