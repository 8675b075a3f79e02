import { readFileSync } from "node:fs";

/** One rate of a golden ROC curve. */
export interface GoldenRate {
  readonly tpr: number;
  readonly tp: number;
  readonly fp: number;
  readonly realised_fpr: number;
  readonly threshold: number | null;
  readonly clopper_pearson_95: readonly [number, number];
}

export interface GoldenMetrics {
  readonly auc: number;
  readonly auc_delong_se: number;
  readonly advantage: number;
  readonly balanced_accuracy: number;
  readonly [rate: `tpr_at_fpr_${string}`]: GoldenRate;
}

export interface GoldenTarget {
  readonly members: number;
  readonly metrics: Readonly<Record<string, GoldenMetrics>>;
  readonly first_10: Readonly<Record<string, readonly number[]>>;
  readonly sum: Readonly<Record<string, number>>;
  readonly scores?: Readonly<Record<string, readonly number[]>>;
}

/** Shadow models trained and attacked outside this project; see golden/README.md. */
export interface GoldenGame {
  readonly name: string;
  readonly records: number;
  readonly keep: readonly string[];
  readonly phi: readonly (readonly number[])[];
  readonly phi_population: readonly (readonly number[])[];
  readonly target_models: readonly number[];
  readonly expected: Readonly<Record<string, GoldenTarget>> & {
    readonly mean_over_targets: Readonly<
      Record<string, { auc: number; tpr_at_fpr_0_01: number; tpr_at_fpr_0_001: number }>
    >;
  };
}

export function readGame(name: string): GoldenGame {
  return JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), "utf8")) as GoldenGame;
}

/** Bit i of a hex string, most significant first. */
export function membershipBits(hex: string, records: number): boolean[] {
  const bytes = Buffer.from(hex, "hex");
  return Array.from({ length: records }, (_, i) => (((bytes[i >> 3] ?? 0) >> (7 - (i & 7))) & 1) === 1);
}

const SHADOWS = 64;

/** The 64 shadows and one target, in row 64: what the attacks take. */
export function gameAgainst(
  game: GoldenGame,
  target: number,
): { phi: readonly (readonly number[])[]; phiPopulation: readonly (readonly number[])[]; membership: boolean[][] } {
  const rows = [...Array.from({ length: SHADOWS }, (_, k) => k), target];
  return {
    phi: rows.map((k) => game.phi[k] ?? []),
    phiPopulation: rows.map((k) => game.phi_population[k] ?? []),
    membership: rows.map((k) => membershipBits(game.keep[k] ?? "", game.records)),
  };
}

/** Scores of members and of non-members, apart. */
export function splitScores(scores: ArrayLike<number>, isMember: readonly boolean[]): [number[], number[]] {
  const all = Array.from(scores);
  return [all.filter((_, i) => isMember[i]), all.filter((_, i) => !isMember[i])];
}
