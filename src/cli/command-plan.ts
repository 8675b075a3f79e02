import { type PlanRow, type PlanTable, planDpSgdTable } from "../accounting/index.ts";
import type { Neighboring } from "../events/index.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { type Output, printJson } from "./output.ts";

export interface PlanFlags {
  readonly n: number;
  readonly epsilon: number;
  readonly delta: number;
  readonly neighboring: Neighboring;
  readonly batches?: readonly number[];
  readonly epochs?: readonly number[];
  readonly leastSteps?: number;
  readonly json?: boolean;
}

/** `sordino plan`: every batch size with every number of epochs within one budget, and the plan that a rule picks. */
export function runPlan(flags: PlanFlags, output: Output): ExitCode {
  const { n, batches, epochs, leastSteps, epsilon, delta, neighboring } = flags;
  const table = planDpSgdTable({
    datasetSize: n,
    epsilon,
    delta,
    neighboring,
    ...(batches === undefined ? {} : { batches }),
    ...(epochs === undefined ? {} : { epochs }),
    ...(leastSteps === undefined ? {} : { leastSteps }),
  });
  if (flags.json === true) printJson(output, table);
  else printTable(output, table);
  return exitCode.ok;
}

const columns = ["", "batch", "epochs", "steps", "noise multiplier", "noise/coordinate", "signal/step", "signal/run"];

function printTable(output: Output, table: PlanTable): void {
  const lines = [columns, ...table.rows.map((row) => cells(row, row === table.recommended))];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  for (const line of lines) output.out(line.map((cell, i) => cell.padStart(widths[i] ?? 0)).join("  "));
  output.out("noise/coordinate: of the averaged gradient, in clip norms; signal: a gradient of the clip norm over it");
  const { recommended, rule } = table;
  output.out(recommended === null ? `no plan is recommended; the rule: ${rule}` : `* recommended: ${rule}`);
}

function cells(row: PlanRow, isRecommended: boolean): string[] {
  return [
    isRecommended ? "*" : "",
    String(row.batch),
    String(row.epochs),
    String(row.steps),
    roundedUp(row.noiseMultiplier),
    row.noisePerCoordinate.toExponential(2),
    row.signalToNoisePerStep.toPrecision(4),
    row.signalToNoise.toPrecision(4),
  ];
}

/** Six digits, never less noise than the row was certified with. */
function roundedUp(value: number): string {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 5);
  const text = value.toPrecision(6);
  return Number(text) >= value ? text : (value + unit / 2).toPrecision(6);
}
