// Five hospitals and a coordinator, each a process of its own behind mutual TLS, train one classifier of breast masses on
// real data. Patients are protected inside each hospital; the coordinator learns the sum of the hospitals' updates and none of
// them; one hospital is killed in the middle of the run and started again.
//   node examples/hospitals/run.js
// It prints every round, what each hospital's records have spent, and the accuracy beside central training; then it checks
// the ledgers, the audit trails and the signed reports.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { enableProdMode, argMax, setBackend, tensor, tidy, train } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { account } from "sordino/accounting";
import { PrivacyEngine, loadModel } from "sordino/dpsgd";
import { dryRun, examineSite, readReport, verifyAuditTrail } from "sordino/federated";
import { readLedger } from "sordino/ledger";
import * as scene from "./prepare.js";

const { cli, delta, hospitals, names, rounds, stepsPerRound, targetEpsilon } = scene;
/** Killed after this round closed, and started again. */
const killed = { name: "valley", after: 3 };
const children = new Set();

/** An upper bound is never shown rounded down. */
const upper = (epsilon) => (Math.ceil(epsilon * 1e4) / 1e4).toFixed(4);
const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** Starts a `sordino federated` command: JSON lines to `said`, progress to `shown`. Resolves with its exit code or signal. */
function start(args, said, shown = () => undefined) {
  const child = spawn(process.execPath, [cli, "federated", ...args, "--json"], { stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  createInterface({ input: child.stdout }).on("line", (line) => said(JSON.parse(line)));
  createInterface({ input: child.stderr }).on("line", shown);
  const ended = new Promise((resolve) => {
    child.once("close", (code, signal) => {
      children.delete(child);
      resolve(signal ?? code);
    });
  });
  return { child, ended };
}

async function listening(dir, records, onRound, errors) {
  let coordinator;
  const port = await new Promise((resolve, reject) => {
    coordinator = start(
      ["serve", join(dir, "coordinator", "run.json")],
      (line) => {
        if (line.version !== "federated-round/v1") return;
        records.push(line);
        onRound(line);
      },
      (line) => {
        errors.push(line);
        const found = /listening on [^ ]*:(\d+)/.exec(line);
        if (found !== null) resolve(Number(found[1]));
      },
    );
    void coordinator.ended.then(() => reject(new Error(`the coordinator did not start:\n${errors.join("\n")}`)));
  });
  return { port, coordinator };
}

async function federate(dir) {
  const [records, results, errors] = [[], {}, []];
  const running = {};
  const join_ = (name) => {
    const said = (line) => line.version === "federated-client/v1" && (results[name] = line);
    running[name] = start(["join", join(dir, name, "site.json")], said, (line) => errors.push(`${name}: ${line}`));
  };
  let restarted = Promise.resolve();
  const { port, coordinator } = await listening(
    dir,
    records,
    (round) => {
      showRound(round);
      if (round.round !== killed.after) return;
      const victim = running[killed.name];
      // by then the next round is under way
      setTimeout(() => victim.child.kill("SIGKILL"), 30);
      restarted = victim.ended.then((signal) => {
        assert.equal(signal, "SIGKILL");
        console.log(`         ${killed.name} was killed and is started again`);
        join_(killed.name);
      });
    },
    errors,
  );
  for (const name of names) scene.writeSite(dir, name, `localhost:${port}`);
  await examine(dir);
  for (const name of names) join_(name);
  assert.equal(await coordinator.ended, 0, `the coordinator failed:\n${errors.join("\n")}`);
  await restarted;
  for (const name of names) assert.equal(await running[name].ended, 0, `${name} failed:\n${errors.join("\n")}`);
  return { records, results };
}

/** What a hospital looks at before it joins: `sordino federated doctor` and `dry-run`. */
async function examine(dir) {
  const findings = await examineSite(join(dir, "north", "site.json"));
  const failed = findings.filter((f) => f.status === "failed");
  assert.deepEqual(failed, [], "the doctor found something");
  const { report, fingerprint } = await dryRun({ sitePath: join(dir, "north", "site.json") });
  const tensors = report.update.tensors.map((t) => `${t.name} [${t.shape.join(", ")}]`);
  console.log(`north    ${findings.length} checks before joining, none failed; ${fingerprint.slice(0, 20)}… signs`);
  console.log(
    `         in each round ${tensors.join(" and ")} would leave, ${report.update.tensorBytes} bytes; no metrics`,
  );
  console.log(`         the whole run would cost epsilon <= ${upper(report.privacy.epsilonUpper)} at delta ${delta}\n`);
}

function showRound({ round, outcome, sites }) {
  const used = sites.filter((s) => s.status === "used").map((s) => s.site);
  const others = sites.filter((s) => s.status !== "used").map((s) => `${s.site} ${s.status} (${s.reason})`);
  console.log(`round ${round}  ${outcome}  ${used.join(", ")}${others.length === 0 ? "" : `; ${others.join(", ")}`}`);
}

/** Recomputes a hospital's epsilon from the file that its ledger is. */
async function recompute(dir, name) {
  const { records } = await readLedger(join(dir, name, "ledger"));
  const schedules = records.filter((r) => r.type === "schedule");
  assert.equal(schedules.length, 1, `${name} paid for one schedule, killed or not`);
  const { event, steps } = schedules[0].body;
  const whole = { kind: "self-composed", count: steps, event };
  return account(whole, { neighboring: "add-or-remove-one" }).guarantee({ delta }).epsilon.upper;
}

function trailOf(dir, who) {
  const { entries, fault, torn } = verifyAuditTrail(readFileSync(join(dir, who, "audit.jsonl")));
  assert.deepEqual({ fault, torn }, { fault: null, torn: 0 }, `${who}'s audit trail holds together`);
  return entries;
}

/**
 * The coordinator received masked updates only: one tensor each, where the model has several. What it received is what a hospital's
 * own trail says has left, and every report is signed by the hospital's key for those bytes.
 */
function checkTrails(dir) {
  const received = trailOf(dir, "coordinator").filter((e) => e.kind === "update-received" && e.reason === null);
  let reports = 0;
  for (const name of names) {
    const left = trailOf(dir, name).filter((e) => e.kind === "update-left");
    assert.ok(left.length >= killed.after, `${name} trained in every round before one hospital was killed`);
    assert.ok(
      left.every(({ tensors }) => tensors === 1),
      `${name}'s updates left masked alone`,
    );
    const masked = new Set(left.map((e) => e.update));
    const key = new X509Certificate(readFileSync(join(dir, name, "identity", "site.pem"))).publicKey;
    for (const { update, report } of received.filter((e) => e.site === name)) {
      assert.ok(masked.has(update), `the coordinator received what ${name}'s trail says has left`);
      const bytes = { body: Buffer.from(report.body, "base64"), signature: Buffer.from(report.signature, "base64") };
      const said = readReport(bytes, key);
      assert.equal(said?.update, update);
      assert.equal(said.privacy.serverMustBeHonest, false);
      assert.ok(said.privacy.epsilonUpper <= targetEpsilon);
      reports += 1;
    }
  }
  return reports;
}

function asArrays(rows) {
  const x = { data: Float32Array.from(rows.flatMap((r) => r.x)), shape: [rows.length, 30] };
  return { x, y: { data: Int32Array.from(rows, (r) => r.y), shape: [rows.length] } };
}

function accuracyOf(model, { x, y }) {
  const classes = tidy(() => argMax(model.predict(tensor(x.data, x.shape)), -1).dataSync());
  return classes.filter((c, i) => c === y.data[i]).length / y.data.length;
}

/** What one hospital with all the patients would get from as many steps at the same epsilon. */
async function trainCentrally(dir) {
  const rows = scene.readPatients().train;
  const privacy = { unit: "example", neighboring: "add-or-remove-one", delta };
  const engine = await PrivacyEngine.open({ ledger: join(dir, "central"), ...privacy });
  const model = scene.newModel();
  const trainer = await engine.makePrivateWithEpsilon({
    model,
    optimizer: train.sgd(scene.learningRate),
    loss: "sparseCategoricalCrossentropy",
    data: { id: "all", ...asArrays(rows) },
    datasetSize: rows.length,
    expectedBatchSize: Math.round(rows.length / 2),
    steps: rounds * stepsPerRound,
    l2ClipNorm: 1,
    targetEpsilon,
  });
  await trainer.fit();
  await engine.close();
  return model;
}

async function main() {
  const dir = mkdtempSync(join(tmpdir(), "sordino-hospitals-"));
  const started = performance.now();
  try {
    enableProdMode();
    await setBackend("cpu");
    await scene.prepare(dir, ["localhost", "127.0.0.1"], "localhost:0");
    const { records, results } = await federate(dir);
    console.log("");
    for (const name of names) {
      const told = results[name].privacy.epsilon.upper;
      assert.equal(told, await recompute(dir, name), `${name}'s epsilon follows from its ledger`);
      assert.ok(told <= targetEpsilon && told > 0.99 * targetEpsilon);
      console.log(
        `${name.padEnd(8)} ${String(hospitals[name]).padStart(3)} patients  epsilon <= ${upper(told)} at delta ${delta}`,
      );
    }
    const reports = checkTrails(dir);
    const test = asArrays(scene.readPatients().test);
    const federated = accuracyOf(await loadModel(join(dir, "coordinator", "final")), test);
    const central = accuracyOf(await trainCentrally(dir), test);
    const seconds = (performance.now() - started) / 1000;
    console.log(`\n${reports} signed reports in the coordinator's audit trail, each over masked bytes`);
    console.log(
      `federated ${percent(federated)}   central ${percent(central)}   (${test.y.data.length} test patients)`,
    );
    console.log(`${seconds.toFixed(0)} s`);
    assert.equal(records.length, rounds);
    assert.deepEqual(new Set(records.map((r) => r.outcome)), new Set(["released"]));
    const back = records.filter(
      (r) => r.round > killed.after && r.sites.some((s) => s.site === killed.name && s.status === "used"),
    );
    assert.ok(back.length > 0, "the hospital that was killed took part again");
    // 63 % of the test patients have the commoner class
    assert.ok(federated > 0.85, "the federated model has learned");
    assert.ok(federated > central - 0.08, "federated training is close to central training");
  } finally {
    for (const child of children) child.kill("SIGKILL");
    rmSync(dir, { recursive: true, force: true });
  }
}

await main();
