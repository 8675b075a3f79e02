import { existsSync, lstatSync, readFileSync, realpathSync } from "node:fs";
import { isAbsolute, join, resolve, sep } from "node:path";
import { invalidArgument } from "../core/index.ts";
import { readWhole } from "../dpsgd/index.ts";
import { type LedgerVerification, type ScopeSpend, readLedger, verifyLedger } from "../ledger/index.ts";
import { type PrivacyCard, cardFiles, compareCardWithLedger, parsePrivacyCard } from "../report/index.ts";
import { sha256 } from "./demo-publish.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { epsilonText } from "./number-text.ts";
import { type Output, printJson } from "./output.ts";
import { packageVersion } from "./package-version.ts";

/** One thing that does not agree, by the name of the card's field or the ledger's line. */
interface Finding {
  readonly field: string;
  readonly reason: string;
}

interface Verdict {
  readonly verdict: "agrees" | "contradicted" | "incomplete";
  readonly problems: readonly Finding[];
  readonly missing: readonly string[];
  readonly notes: readonly string[];
  readonly scopes: readonly ScopeSpend[];
}

/** `sordino verify DIR`: everything from the files alone; no secrets, no network. */
export async function runVerify(dir: string, flags: { json?: boolean }, output: Output): Promise<ExitCode> {
  const verdict = await verifyFolder(dir);
  if (flags.json === true) printJson(output, verdict);
  else printVerdict(verdict, output);
  return { agrees: exitCode.ok, contradicted: exitCode.checkFailed, incomplete: exitCode.incomplete }[verdict.verdict];
}

async function verifyFolder(dir: string): Promise<Verdict> {
  const path = join(dir, cardFiles.json);
  if (!existsSync(path)) {
    const ledger = await verifyLedger(dir);
    const missing = ["no privacy card: nothing outside the ledger says how long it should be"];
    return conclude(ledger, ledgerFindings(ledger), missing);
  }
  const card = parsePrivacyCard(readWhole(path).toString("utf8"));
  const { records, head, origin } = card.evidence.ledger;
  const folder = insideOf(dir, origin);
  if (folder === undefined) {
    throw invalidArgument("evidence.ledger.origin", "a folder at or below the card's own", origin);
  }
  const ledger = await verifyLedger(folder, { anchor: { records, head } });
  const all = ledger.ok ? (await readLedger(folder)).records : [];
  const comparison = compareCardWithLedger(card, ledger, all, packageVersion());
  const problems = [...comparison.problems, ...artifactFindings(dir, card), ...auditFindings(card)];
  const missing = comparison.isComplete || !comparison.ok ? [] : ["the ledger has gone on since the card was made"];
  return conclude(ledger, problems, missing, comparison.notes);
}

function conclude(
  ledger: LedgerVerification,
  problems: readonly Finding[],
  missing: readonly string[],
  notes: readonly string[] = [],
): Verdict {
  const clean = missing.length === 0 ? "agrees" : "incomplete";
  return { verdict: problems.length > 0 ? "contradicted" : clean, problems, missing, notes, scopes: ledger.scopes };
}

function ledgerFindings(ledger: LedgerVerification): Finding[] {
  return ledger.problems.map(({ line, reason }) => ({
    field: line === null ? "ledger" : `ledger line ${line}`,
    reason,
  }));
}

/** An audit's lower bound above the claim refutes it, however well card and ledger agree. */
function auditFindings({ empirical }: PrivacyCard): Finding[] {
  if (empirical.verdict !== "inconsistent") return [];
  return [{ field: "empirical.verdict", reason: "an audit's lower bound lies above the claimed epsilon" }];
}

/** A card may come from a stranger: it names places in its own folder and nowhere else, also through links. */
function insideOf(dir: string, path: string): string | undefined {
  const target = join(dir, path);
  if (isAbsolute(path) || !isBelow(resolve(dir), resolve(target))) return undefined;
  if (existsSync(target) && !isBelow(realpathSync(dir), realpathSync(target))) return undefined;
  return target;
}

const isBelow = (folder: string, path: string): boolean => path === folder || path.startsWith(folder + sep);

function artifactFindings(dir: string, card: PrivacyCard): Finding[] {
  return card.subject.artifacts.flatMap(({ path, sha256: expected }) => {
    const field = `subject.artifacts ${path}`;
    const file = insideOf(dir, path);
    if (file === undefined) return [{ field, reason: "lies outside the card's folder" }];
    if (!existsSync(file)) return [{ field, reason: "is missing" }];
    if (!lstatSync(file).isFile()) return [{ field, reason: "is no plain file" }];
    if (sha256(readFileSync(file)) !== expected) return [{ field, reason: "is not the file the card was made for" }];
    return [];
  });
}

function printVerdict({ verdict, problems, missing, notes, scopes }: Verdict, output: Output): void {
  for (const scope of scopes) printScope(scope, output);
  for (const { field, reason } of problems) output.out(`PROBLEM  ${field}: ${reason}`);
  for (const what of missing) output.out(`MISSING  ${what}`);
  for (const note of notes) output.out(`NOTE     ${note}`);
  const words = {
    agrees: "agrees: the card is what the ledger's events cost, and the released files are the card's",
    contradicted: "CONTRADICTED: do not rely on this card",
    incomplete: "incomplete: nothing contradicts the evidence, and not everything could be checked",
  };
  output.out(`verdict  ${words[verdict]}`);
}

function printScope({ scope, guarantee, runs }: ScopeSpend, output: Output): void {
  output.out(
    `scope    ${scope}: epsilon <= ${epsilonText(guarantee.epsilon)} at delta ${guarantee.delta} (${guarantee.neighboring}, ${guarantee.rule})`,
  );
  for (const run of runs) {
    const state = run.reserved > 0 ? `, ${run.reserved} reserved and never reported: they count as spent` : "";
    output.out(`  run    ${run.runId}: ${run.used} of ${run.scheduled} steps used${state}`);
  }
}

/** `sordino ledger show DIR`. */
export async function runLedgerShow(dir: string, flags: { json?: boolean }, output: Output): Promise<ExitCode> {
  const { head, tornBytes, scopes } = await readLedger(dir);
  if (flags.json === true) printJson(output, { head, tornBytes, scopes });
  else {
    output.out(`ledger   ${head.records} records, head ${head.head}`);
    if (tornBytes > 0) output.out(`         ${tornBytes} bytes of an incomplete last line, which count for nothing`);
    for (const scope of scopes) printScope(scope, output);
  }
  return exitCode.ok;
}
