import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DpEvent } from "../events/index.ts";
import { noPrevious, sealLine, sha256Hex } from "./line.ts";
import type { UnsealedRecord } from "./line.ts";
import { type Ledger, openLedger } from "./ledger.ts";

/** A new folder below the system's temporary one; `remove` deletes all that were made. */
export class Folders {
  readonly #made: string[] = [];

  next(): string {
    const dir = mkdtempSync(join(tmpdir(), "sordino-ledger-"));
    this.#made.push(dir);
    return dir;
  }

  /** A folder that holds a ledger of exactly these bytes. */
  holding(bytes: Uint8Array | string): string {
    const dir = this.next();
    writeFileSync(join(dir, "ledger.jsonl"), bytes);
    return dir;
  }

  remove(): void {
    for (const dir of this.#made.splice(0)) rmSync(dir, { recursive: true, force: true });
  }
}

export function bytesOf(dir: string): Buffer {
  return readFileSync(join(dir, "ledger.jsonl"));
}

export function gaussianStep(noiseMultiplier: number): DpEvent {
  return { kind: "gaussian", noiseMultiplier };
}

export const scopeOptions = {
  scope: "cohort-a",
  unit: "example",
  neighboring: "add-or-remove-one",
  delta: 1e-5,
  epsilonMax: 5,
} as const;

/** A ledger with the scope of `scopeOptions`, opened for `steps` Gaussian steps. */
export async function openedLedger(dir: string, epsilonMax: number | null = 5, steps = 10, z = 10): Promise<Ledger> {
  const ledger = await openLedger({ dir, now: () => new Date(1_800_000_000_000) });
  await ledger.openScope({ ...scopeOptions, epsilonMax, firstSchedule: { event: gaussianStep(z), steps } });
  return ledger;
}

export function scheduleOptions(
  steps: number,
  z = 10,
): {
  scope: string;
  event: DpEvent;
  steps: number;
  randomSource: "operating-system";
} {
  return { scope: scopeOptions.scope, event: gaussianStep(z), steps, randomSource: "operating-system" };
}

/** Lines of a ledger with a sound chain and sound digests, of whatever records: what a forger would write. */
export function forgedLedger(drafts: readonly object[]): string {
  let prev = noPrevious;
  return drafts
    .map((draft, seq) => {
      const line = sealLine({ ...frame(seq), prev, ...draft } as unknown as UnsealedRecord);
      prev = sha256Hex(line);
      return `${line}\n`;
    })
    .join("");
}

function frame(seq: number): object {
  return { v: "ledger/v1", seq, ts: "2027-01-15T08:00:00.000Z", scope: scopeOptions.scope, actor: "local" };
}

/** The n-th UUID of a test. */
export function testId(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;
}

export interface Draft {
  readonly type: string;
  readonly scope?: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export const genesisDraft: Draft = {
  type: "genesis",
  scope: "",
  body: { schema: "ledger/v1", generator: "sordino/0.1.0" },
};
export const policyDraft: Draft = {
  type: "policy",
  body: {
    unit: "example",
    neighboring: "add-or-remove-one",
    delta: 1e-5,
    epsilonMax: 5,
    filter: "rdp",
    filterOrder: 8,
  },
};

export const scheduleDraft: Draft = {
  type: "schedule",
  body: {
    runId: testId(1),
    event: { kind: "gaussian", noiseMultiplier: 10 },
    steps: 10,
    randomSource: "operating-system",
  },
};
