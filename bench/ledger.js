// What an append to the ledger costs: one write and one fdatasync. Prints ms per append beside the bare disk's own price.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLedger, readLedger, verifyLedger } from "../dist/ledger/index.js";

const appends = 200;
const dir = mkdtempSync(join(tmpdir(), "sordino-bench-"));
const percentile = (values, share) => values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))];
const show = (name, values) =>
  console.log(
    `${name.padEnd(34)} median ${percentile(values, 0.5).toFixed(3)} ms   p95 ${percentile(values, 0.95).toFixed(3)} ms`,
  );

async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

try {
  const event = { kind: "poisson-sampled", samplingProbability: 0.01, event: { kind: "gaussian", noiseMultiplier: 1 } };
  const ledger = await openLedger({ dir: join(dir, "ledger") });
  const policy = { unit: "example", neighboring: "add-or-remove-one", delta: 1e-5, epsilonMax: null };
  const opening = await timed(() =>
    ledger.openScope({ scope: "bench", ...policy, firstSchedule: { event, steps: appends } }),
  );
  const runId = await ledger.schedule({ scope: "bench", event, steps: appends, randomSource: "operating-system" });
  const [reserves, commits, bare] = [[], [], []];
  for (let i = 0; i < appends; i++) {
    let reservationId = "";
    reserves.push(await timed(async () => (reservationId = await ledger.reserve({ runId, steps: 1 }))));
    commits.push(await timed(() => ledger.commit({ reservationId, stepsUsed: 1 })));
  }
  await ledger.close();

  const file = openSync(join(dir, "bare"), "a");
  const line = "x".repeat(400);
  for (let i = 0; i < appends; i++) {
    bare.push(
      await timed(() => {
        writeSync(file, line);
        fdatasyncSync(file);
      }),
    );
  }
  closeSync(file);

  show("reserve", reserves);
  show("commit", commits);
  show("bare write + fdatasync, 400 bytes", bare);
  console.log(`first openScope, order chosen       ${opening.toFixed(1)} ms`);
  const records = 2 * appends + 3;
  console.log(`readLedger, ${records} records            ${(await timed(() => readLedger(ledger.dir))).toFixed(1)} ms`);
  console.log(
    `verifyLedger, ${records} records          ${(await timed(() => verifyLedger(ledger.dir))).toFixed(1)} ms`,
  );
} finally {
  rmSync(dir, { recursive: true, force: true });
}
