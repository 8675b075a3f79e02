import { readFileSync } from "node:fs";
import { type DpEvent, composed, gaussian, poissonSampled, selfComposed } from "../src/accounting/index.ts";

/** One row of the golden table; `meta` in the file says where each number comes from. */
export interface GoldenRow {
  readonly table: string;
  readonly id: string;
  readonly regime?: string;
  readonly group: string;
  readonly mechanism?: string;
  readonly params?: Readonly<Record<string, number | number[]>>;
  readonly noise_multiplier?: number;
  readonly sampling_prob?: number;
  readonly steps?: number;
  readonly phases?: readonly { noise_multiplier: number; sampling_prob: number; steps: number }[];
  readonly delta?: number;
  readonly order?: number;
  readonly rdp?: string;
  readonly find?: string;
  readonly target_epsilon?: number;
  readonly reference?: { eps: number; lower: number; upper: number; tol: number } | number;
  readonly rdp_all_real_orders?: { eps: number; order: number };
  readonly dp_accounting_rdp?: number;
  readonly [name: string]: unknown;
}

const file = new URL("./golden/accountant.json", import.meta.url);
const { rows } = JSON.parse(readFileSync(file, "utf8")) as { rows: GoldenRow[] };

/** The rows of one table. */
export function goldenRows(table: string): GoldenRow[] {
  return rows.filter((r) => r.table === table);
}

/** `steps` Poisson-sampled Gaussians. */
export function dpSgd(samplingProbability: number, noiseMultiplier: number, steps: number): DpEvent {
  return selfComposed(poissonSampled(samplingProbability, gaussian(noiseMultiplier)), steps);
}

/** What a dp_sgd or heterogeneous row describes. */
export function eventOfRow(row: GoldenRow): DpEvent {
  if (row.phases !== undefined) {
    return composed(...row.phases.map((p) => dpSgd(p.sampling_prob, p.noise_multiplier, p.steps)));
  }
  return dpSgd(row.sampling_prob ?? NaN, row.noise_multiplier ?? NaN, row.steps ?? NaN);
}

/** The certified bracket of a row. */
export function referenceOf(row: GoldenRow): { eps: number; lower: number; upper: number; tol: number } {
  if (typeof row.reference !== "object") throw new Error(`${row.id} has no bracket`);
  return row.reference;
}
