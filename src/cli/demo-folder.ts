import { existsSync, readdirSync, statSync } from "node:fs";
import { PrivacyError } from "../core/index.ts";
import { readLedger } from "../ledger/index.ts";

/**
 * An output folder holds one run: its ledger is a record of what was spent and must not be mixed or overwritten. A ledger
 * in which nothing was ever scheduled (an attempt that was refused) is no run.
 *
 * @throws PrivacyError `output_occupied`; `ledger_corrupt` when the only file is a ledger that does not hang together.
 */
export async function refuseOccupied(out: string): Promise<void> {
  if (!existsSync(out)) return;
  if (!statSync(out).isDirectory()) throw occupied(out, "is a file");
  const names = readdirSync(out);
  if (names.length === 0) return;
  const isUnused = names.every((name) => name === "ledger.jsonl") && (await readLedger(out)).scopes.length === 0;
  if (!isUnused) throw occupied(out, "is not empty: it may hold the ledger of another run");
}

function occupied(out: string, why: string): PrivacyError<"output_occupied"> {
  const message = `an empty output folder was wanted and ${out} ${why}; pass --out with another folder, or move it away`;
  return new PrivacyError("output_occupied", message, { path: out });
}
