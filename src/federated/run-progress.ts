import { manifestBytes } from "./manifest.ts";
import type { UpdateHeader } from "./messages.ts";
import type { RoundRecord } from "./round-record.ts";

/** Where a run stands, for its operator: counts of what happened at the coordinator's door, never a fact about patients. */
export class RunProgress {
  readonly rounds: number;
  readonly records: RoundRecord[] = [];
  readonly refusals: Map<string, number> = new Map<string, number>();
  readonly updates: Map<string, number> = new Map<string, number>();
  runId = "";
  phase: "starting" | "running" | "ended" = "starting";
  sessions = 0;
  bytesReceived = 0;

  constructor(rounds: number) {
    this.rounds = rounds;
  }

  started(runId: string): void {
    this.runId = runId;
    this.phase = "running";
  }

  ended(): void {
    this.phase = "ended";
  }

  opened(_site: string): void {
    this.sessions += 1;
  }

  refused(reason: string): void {
    this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1);
  }

  received({ tensors }: UpdateHeader, reason: string | null): void {
    const outcome = reason ?? "accepted";
    this.updates.set(outcome, (this.updates.get(outcome) ?? 0) + 1);
    if (reason === null) this.bytesReceived += manifestBytes(tensors);
  }

  closed(record: RoundRecord): void {
    this.records.push(record);
  }

  get released(): number {
    return this.records.filter((r) => r.outcome === "released").length;
  }
}

/** Label values hold our own words and site names only; escaped all the same. */
const label = (value: string): string => value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

function metric(
  name: string,
  kind: "counter" | "gauge",
  help: string,
  lines: readonly (readonly [string, number])[],
): string {
  const samples = lines.map(([labels, value]) => `${name}${labels} ${value === Infinity ? "+Inf" : value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`, ...samples, ""].join("\n");
}

const byReason = (counts: ReadonlyMap<string, number>, key: string): [string, number][] =>
  [...counts].map(([reason, n]) => [`{${key}="${label(reason)}"}`, n]);

/**
 * The run in Prometheus' text form. Epsilon is each site's own signed statement.
 *
 * @source Prometheus, "Exposition formats", text-based format, version 0.0.4.
 */
export function prometheusText(progress: RunProgress): string {
  const last = progress.records.at(-1);
  const epsilons = (last?.sites ?? []).flatMap(({ site, privacy }): [string, number][] => {
    if (privacy === null) return [];
    const { delta, unit, epsilon } = privacy;
    return [[`{site="${label(site)}",unit="${unit}",delta="${delta}"}`, epsilon.upper]];
  });
  return [
    metric("sordino_rounds_planned", "gauge", "Rounds that the run will play.", [["", progress.rounds]]),
    metric("sordino_rounds_closed_total", "counter", "Rounds that closed, by outcome.", outcomes(progress)),
    metric("sordino_sessions_total", "counter", "Sessions that sites opened.", [["", progress.sessions]]),
    metric("sordino_refusals_total", "counter", "Sessions refused, by reason.", byReason(progress.refusals, "reason")),
    metric("sordino_updates_total", "counter", "Updates received, by outcome.", byReason(progress.updates, "outcome")),
    metric("sordino_update_bytes_total", "counter", "Bytes of accepted updates.", [["", progress.bytesReceived]]),
    metric("sordino_site_epsilon", "gauge", "Upper bound that each site's ledger states, for its own unit.", epsilons),
  ].join("");
}

function outcomes({ records }: RunProgress): [string, number][] {
  const counts = new Map<string, number>();
  for (const { outcome } of records) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return byReason(counts, "outcome");
}

const html = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** The same as one page without scripts. */
export function statusPage(progress: RunProgress): string {
  const rows = progress.records.map(({ round, outcome, sites, plannedCohort, modelDigest }) => {
    const used = sites.filter((s) => s.status === "used").length;
    const spent = sites.map(({ site, status, privacy }) => {
      const price =
        privacy === null ? "no guarantee" : `epsilon ≤ ${(Math.ceil(privacy.epsilon.upper * 1e4) / 1e4).toString()}`;
      return `${html(site)}: ${status}, ${price}`;
    });
    const cells = [
      round,
      html(outcome),
      plannedCohort === undefined ? `${used} of ${sites.length}` : `of ${plannedCohort} on average`,
      spent.join("<br>"),
      `<code>${modelDigest.slice(0, 16)}</code>`,
    ];
    return `<tr>${cells.map((c) => `<td>${c}</td>`).join("")}</tr>`;
  });
  const state = `${progress.phase}: ${progress.released} of ${progress.rounds} rounds released`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="5"><title>Sordino run</title>
<style>body{font:14px/1.5 system-ui;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.3em .6em;text-align:left;vertical-align:top}</style>
<h1>Run ${html(progress.runId)}</h1><p>${state}</p>
<table><tr><th>Round</th><th>Outcome</th><th>Used</th><th>Sites, as their own ledgers state</th><th>Model</th></tr>
${rows.toReversed().join("\n")}</table></html>
`;
}
