import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { operatingSystemRandom } from "../core/random-source.ts";
import type { FederatedClient } from "./client.ts";
import { modelDigest, outgoingTensors } from "./manifest.ts";
import type { CoordinatorMessage, SiteMessage } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import type { Parameters } from "./parameters.ts";
import type { SecureOrderStep, SecureRoundPlan } from "./secure-messages.ts";
import { type SecureTask, secureTask } from "./secure-task.ts";
import type { AuditEntry } from "./audit-entry.ts";
import { policedClient } from "./policed-client.ts";
import { SecureParticipant } from "./secure-participant.ts";
import { SiteSession } from "./site-session.ts";
import { SiteWorker } from "./site-worker.ts";

const cohort = ["ash", "elm", "fir"];
const keys = new Map(cohort.map((site) => [site, generateKeyPairSync("ed25519")]));
const start: Parameters = [{ name: "w", dtype: "float32", shape: [2], data: Float32Array.of(1, 2) }];
const trained = start.map((p) => ({ ...p, data: Float32Array.of(1.5, 2.5) }));
const sent = outgoingTensors(start);
const tensors = sent.manifest.map(({ name, dtype, shape }) => ({ name, dtype, shape }));
const welcome = {
  kind: "welcome",
  protocolVersion: 1,
  runId: "r",
  rounds: 3,
  topologyJson: "",
  tensors,
  isSecure: true,
} as const;
const unsigned = { from: { tensor: 0, index: 0 }, lineage: null, signature: new Uint8Array() } as const;
const honest: SecureTask = { topologyJson: "", rounds: 3, model: modelDigest(sent.manifest), config: {} };
const task = secureTask(honest);
const plan: SecureRoundPlan = { cohort, threshold: 3, length: 2, range: 1, weights: [1, 1, 1], task, noise: null };
const train: CoordinatorMessage & { kind: "instruction" } = {
  kind: "instruction",
  instruction: "train",
  round: 1,
  config: {},
  tensors: sent.manifest,
  ...unsigned,
};
const model: CoordinatorMessage = { kind: "chunk", tensor: 0, index: 0, data: Buffer.from(sent.bytes[0]) };

function participant(site: string, outbox: Outbox): SecureParticipant {
  const own = keys.get(site);
  if (own === undefined) throw new Error("no such site");
  const pinned = new Map([...keys].map(([id, { publicKey }]) => [id, publicKey]));
  const rules = { minimumCohort: 3, maximumShare: 2 / 3, random: operatingSystemRandom() };
  const enter = ({ run, round }: { run: string; round: number }): Promise<void> => outbox.enterSecure(run, round);
  return new SecureParticipant({ site, identity: own.privateKey, pinned, ...rules, enter });
}

interface Site {
  readonly outbox: Outbox;
  readonly fit: ReturnType<typeof vi.fn<FederatedClient["fit"]>>;
  /** Its audit trail. */
  readonly trail: AuditEntry[];
  /** A new stream to the site: what it says, and the session. */
  readonly connect: () => { session: SiteSession; said: SiteMessage[] };
}

/** The site ash, set up for secure rounds unless told otherwise, under a coordinator that is the test. */
async function makeSite(dir: string | null = null, isSecure = true): Promise<Site> {
  const outbox = await Outbox.open(dir);
  onTestFinished(async () => await outbox.close());
  const fit = vi.fn<FederatedClient["fit"]>(() => trained);
  const trail: AuditEntry[] = [];
  const audit = { append: async (entry: AuditEntry) => void trail.push(entry) };
  const inner: FederatedClient = { getParameters: () => start, fit, evaluate: () => ({}) };
  const client = policedClient({ client: inner, policy: null, audit, plan: null });
  const worker = new SiteWorker(client, outbox, isSecure ? participant("ash", outbox) : null);
  const connect = (): { session: SiteSession; said: SiteMessage[] } => {
    const said: SiteMessage[] = [];
    const facts = { site: "ash", weight: 1, hasPublicEvaluation: false, maxModelBytes: 1e6, coordinatorKey: null };
    const stream = { send: async (m: SiteMessage) => void said.push(m), end: () => undefined };
    const session = new SiteSession({ ...facts, worker, onRound: () => undefined }, stream);
    return { session, said };
  };
  return { outbox, fit, trail, connect };
}

/** Leads ash through keys and shares with two other sites. */
async function untilBoxes({ session, said }: ReturnType<Site["connect"]>, shown = plan): Promise<void> {
  const tell = async (step: SecureOrderStep): Promise<void> =>
    await session.receive({ kind: "secure", round: 1, step });
  await tell({ kind: "plan", ...shown });
  await vi.waitFor(() => expect(said.some((m) => m.kind === "secure" && m.step.kind === "keys")).toBe(true));
  const own = said.flatMap((m) => (m.kind === "secure" && m.step.kind === "keys" ? [m.step.keys] : []));
  const peers = await Promise.all(["elm", "fir"].map(async (site) => participant(site, await Outbox.open(null))));
  const answers = await Promise.all(peers.map((peer) => peer.take("r", 1, { kind: "plan", ...shown })));
  const all = [...own, ...answers.flatMap((a) => (a?.kind === "keys" ? [a.keys] : []))];
  await tell({ kind: "keys", keys: all });
  const shares = await Promise.all(peers.map((peer) => peer.take("r", 1, { kind: "keys", keys: all })));
  const sealed = shares.flatMap((a) => (a?.kind === "boxes" ? a.boxes : [])).filter(({ to }) => to === "ash");
  await tell({ kind: "boxes", boxes: sealed });
  await tell({ kind: "participants", sites: shown.cohort });
}

const headers = (said: readonly SiteMessage[]): SiteMessage[] => said.filter(({ kind }) => kind === "update-header");
const declines = (said: readonly SiteMessage[]): SiteMessage[] => said.filter(({ kind }) => kind === "declined");

describe("a site with secure aggregation, under a coordinator that lies,", () => {
  it("masks what it trained on the model that all sites of the round were shown", async () => {
    const site = await makeSite();
    const line = site.connect();
    await line.session.receive(welcome);
    await untilBoxes(line);
    await line.session.receive(train);
    await line.session.receive(model);
    await vi.waitFor(() => expect(headers(line.said)).toHaveLength(1));
    expect(headers(line.said)).toMatchObject([{ tensors: [{ name: "masked", dtype: "int32", shape: [2] }] }]);
  });

  it("writes the digest of the masked bytes to its trail: with that of the clear ones a guess could be confirmed", async () => {
    const site = await makeSite();
    const line = site.connect();
    await line.session.receive(welcome);
    await untilBoxes(line);
    await line.session.receive(train);
    await line.session.receive(model);
    await vi.waitFor(() => expect(headers(line.said)).toHaveLength(1));
    const [header] = headers(line.said);
    const masked = header?.kind === "update-header" ? modelDigest(header.tensors) : "";
    const left = site.trail.filter(({ kind }) => kind === "update-left");
    expect(left).toEqual([{ kind: "update-left", run: "r", round: 1, update: masked, bytes: 8, tensors: 1 }]);
    const { manifest } = outgoingTensors(trained);
    const text = JSON.stringify(site.trail);
    expect(text).not.toContain(modelDigest(manifest));
    expect(text).not.toContain(Buffer.from(manifest[0]?.sha256 ?? []).toString("hex"));
  });

  it("trains on no other model, config, topology or number of rounds than those of the plan", async () => {
    const lies: Partial<SecureTask>[] = [
      { model: "0".repeat(64) },
      { config: { learningRate: 0 } },
      { topologyJson: "{}" },
      { rounds: 4 },
    ];
    for (const lie of lies) {
      const site = await makeSite();
      const line = site.connect();
      await line.session.receive(welcome);
      const other = secureTask({ ...honest, ...lie });
      await untilBoxes(line, { ...plan, task: other });
      await line.session.receive(train);
      await vi.waitFor(() => expect(declines(line.said)).toMatchObject([{ round: 1, reason: "policy" }]));
      expect(site.fit).not.toHaveBeenCalled();
    }
  });

  it("gives no parameters to start from: they would travel in clear, and may be what it trained", async () => {
    const site = await makeSite();
    const line = site.connect();
    await line.session.receive(welcome);
    await line.session.receive({
      ...train,
      instruction: "initial-parameters",
      round: 0,
      tensors: [],
    });
    await vi.waitFor(() => expect(declines(line.said)).toMatchObject([{ round: 0, reason: "policy" }]));
    expect(headers(line.said)).toEqual([]);
  });

  it("leaves when a second welcome takes the masks away, or says other things of the run than the first", async () => {
    for (const change of [{ isSecure: false }, { topologyJson: "{}" }, { rounds: 9 }, { runId: "s" }]) {
      const site = await makeSite();
      const first = site.connect();
      await first.session.receive(welcome);
      first.session.closed();
      const second = site.connect();
      await second.session.receive({ ...welcome, ...change });
      expect(second.session.outcome).toMatchObject({ kind: "failed" });
    }
  });

  it("sends nothing that was made without masks, although it was made of this round", async () => {
    const dir = mkdtempSync(join(tmpdir(), "sordino-secure-session-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const before = await makeSite(dir, false);
    const clear = before.connect();
    const { isSecure: _, ...plain } = welcome;
    await clear.session.receive(plain);
    await clear.session.receive(train);
    await clear.session.receive(model);
    await vi.waitFor(() => expect(headers(clear.said)).toHaveLength(1));
    await before.outbox.close();
    const line = (await makeSite(dir)).connect();
    await line.session.receive(welcome);
    await line.session.receive(train);
    await vi.waitFor(() => expect(declines(line.said)).toMatchObject([{ reason: "policy" }]));
    expect(headers(line.said)).toEqual([]);
  });

  it("masks one update of a round: the same bytes go out over every new line", async () => {
    const site = await makeSite();
    const first = site.connect();
    await first.session.receive(welcome);
    await untilBoxes(first);
    await first.session.receive(train);
    await first.session.receive(model);
    await vi.waitFor(() => expect(headers(first.said)).toHaveLength(1));
    first.session.closed();
    const second = site.connect();
    await second.session.receive(welcome);
    // another model under the same round is not trained
    await second.session.receive({ ...train, config: { learningRate: 9 } });
    await vi.waitFor(() => expect(headers(second.said)).toHaveLength(1));
    const digests = [...headers(first.said), ...headers(second.said)].map((m) =>
      m.kind === "update-header" ? m.tensors : [],
    );
    expect(digests[1]).toEqual(digests[0]);
    expect(site.fit).toHaveBeenCalledTimes(1);
  });
});
