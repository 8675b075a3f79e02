// A process of its own for the tests of locks and crashes: needs `npm run build`. Says one line per event on stdout.
import { createInterface } from "node:readline";
import { openLedger } from "../../dist/ledger/index.js";

const [task, dir] = process.argv.slice(2);
const say = (text) => process.stdout.write(`${text}\n`);
const forever = () => setInterval(() => undefined, 1000);

if (task === "race") {
  // one race per line of stdin: "<folder> <time to start at>"; the winner keeps the ledger until the next line
  let won;
  for await (const line of createInterface({ input: process.stdin })) {
    await won?.close();
    const [folder, startAt] = line.split(" ");
    while (Date.now() < Number(startAt)) continue;
    try {
      won = await openLedger({ dir: folder });
      say("won");
    } catch (error) {
      won = undefined;
      say(error.code);
    }
  }
} else if (task === "reserve") {
  const ledger = await openLedger({ dir });
  const scope = ledger.records.find((record) => record.type === "policy").scope;
  const event = { kind: "gaussian", noiseMultiplier: 10 };
  const runId = await ledger.schedule({ scope, event, steps: 10, randomSource: "operating-system" });
  const reservationId = await ledger.reserve({ runId, steps: 4 });
  say(reservationId);
  forever();
} else if (task === "append") {
  const ledger = await openLedger({ dir });
  const runId = ledger.records.find((record) => record.type === "schedule").body.runId;
  for (;;) say(await ledger.reserve({ runId, steps: 1 }));
}
