import { type KeyObject, generateKeyPairSync } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ClientRound } from "../client.ts";
import {
  type Lineage,
  holdsInstruction,
  holdsLineage,
  lineageBreak,
  signInstruction,
  signLineage,
} from "../lineage.ts";
import { modelDigest } from "../manifest.ts";
import type { CoordinatorMessage } from "../messages.ts";
import { fedAvg, ruleText } from "../strategy.ts";
import { startClient } from "./client.ts";
import { rawCoordinator } from "./raw-coordinator.fixture.ts";
import { rawSite, updateMessages, wireVector } from "./raw-site.fixture.ts";
import { answer, loopbackServer, scriptedClient, vector } from "./scripted-client.fixture.ts";

const coordinator = generateKeyPairSync("ed25519");
const other = generateKeyPairSync("ed25519");

describe("a signature", () => {
  it("holds for what was signed and for nothing else", () => {
    const hex = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((b) => Buffer.from(b).toString("hex"));
    const statement = fc.record({
      run: fc.string(),
      round: fc.nat(),
      parent: fc.option(hex),
      model: hex,
      strategy: fc.string(),
    });
    fc.assert(
      fc.property(statement, statement, (a, b) => {
        const link = signLineage(a, coordinator.privateKey);
        expect(holdsLineage(a.run, link, coordinator.publicKey)).toBe(true);
        expect(holdsLineage(a.run, link, other.publicKey)).toBe(false);
        const isSame = JSON.stringify(a) === JSON.stringify(b);
        expect(holdsLineage(b.run, { ...b, signature: link.signature }, coordinator.publicKey)).toBe(isSame);
      }),
      { numRuns: 50, seed: 1 },
    );
  });

  it("of an instruction does not pass for another site, round, configuration or model", () => {
    const statement = { run: "r", site: "a", instruction: "train", round: 3, config: { lr: 1 }, model: "00" };
    const signature = signInstruction(statement, coordinator.privateKey);
    expect(holdsInstruction({ ...statement, config: { lr: 1 } }, signature, coordinator.publicKey)).toBe(true);
    const changes = [{ run: "s" }, { site: "b" }, { instruction: "evaluate" }, { round: 4 }, { model: null }];
    for (const change of [...changes, { config: {} }, { config: { lr: 2 } }]) {
      expect(holdsInstruction({ ...statement, ...change }, signature, coordinator.publicKey)).toBe(false);
    }
    expect(holdsInstruction(statement, new Uint8Array(), coordinator.publicKey)).toBe(false);
  });
});

describe("a lineage", () => {
  const link = (round: number, parent: string | null, model: string): Lineage => {
    return { round, parent, model, strategy: "", signature: new Uint8Array() };
  };
  it("breaks where rounds run back, a round has two models, or a parent is not the model before", () => {
    const known = link(3, "a", "b");
    expect(lineageBreak(null, known)).toBeNull();
    expect(lineageBreak(known, known)).toBeNull();
    expect(lineageBreak(known, link(4, "b", "c"))).toBeNull();
    // rounds that the site did not see
    expect(lineageBreak(known, link(6, "x", "c"))).toBeNull();
    expect(lineageBreak(known, link(2, "a", "b"))).not.toBeNull();
    expect(lineageBreak(known, link(3, "a", "c"))).not.toBeNull();
    expect(lineageBreak(known, link(4, "a", "c"))).not.toBeNull();
    expect(lineageBreak(null, link(0, "a", "b"))).not.toBeNull();
    expect(lineageBreak(null, link(1, null, "b"))).not.toBeNull();
  });
});

describe("a coordinator with a key", () => {
  it("signs every instruction, and each model's parent is the model before it", async () => {
    const server = await loopbackServer({ rounds: 3, signingKey: coordinator.privateKey });
    const raw = rawSite(server.address, "raw");
    const welcome = await raw.next("welcome");
    let parent: string | null = null;
    for (const round of [1, 2, 3]) {
      const { lineage, tensors, signature, config, instruction } = await raw.next("instruction");
      const model = modelDigest(tensors);
      expect(lineage).toMatchObject({ round: round - 1, parent, model, strategy: ruleText(fedAvg().rule) });
      if (lineage !== null) expect(holdsLineage(welcome.runId, lineage, coordinator.publicKey)).toBe(true);
      const statement = { run: welcome.runId, site: "raw", instruction, round, config, model };
      expect(holdsInstruction(statement, signature, coordinator.publicKey)).toBe(true);
      raw.send(...updateMessages(round, round, round));
      parent = model;
    }
    expect((await server.finished).rounds).toHaveLength(3);
    raw.close();
  });

  it("is obeyed by a site that knows the key, through every round, evaluations and the stop", async () => {
    const server = await loopbackServer({ rounds: 3, evaluateEvery: 1, signingKey: coordinator.privateKey });
    const { rounds } = await startClient({
      address: server.address,
      site: "a",
      client: scriptedClient(answer(1, 1)),
      evaluation: "public",
      coordinatorKey: coordinator.publicKey,
    });
    expect(rounds.map((r) => r.outcome)).toEqual(Array.from({ length: 6 }, () => "accepted"));
    await server.finished;
  });

  it.each([
    ["no key", undefined],
    ["another key", other.privateKey],
  ])("that has %s gets nothing from a site that knows the right one", async (_, signingKey: KeyObject | undefined) => {
    const server = await loopbackServer(signingKey === undefined ? {} : { signingKey });
    let fits = 0;
    const client = scriptedClient(() => {
      fits += 1;
      return vector(1, 1);
    });
    const reports: ClientRound[] = [];
    const site = startClient({
      address: server.address,
      site: "a",
      client,
      coordinatorKey: coordinator.publicKey,
      onRound: (r) => reports.push(r),
    });
    // it does not believe the stop either
    await expect(site).rejects.toMatchObject({ code: "protocol_violation", details: { rule: "a signed stop" } });
    expect(reports).toMatchObject([{ outcome: "declined", reason: "unsigned" }]);
    expect((await server.finished).rounds[0]?.sites).toMatchObject([{ status: "failed", reason: "unsigned" }]);
    expect(fits).toBe(0);
  });

  it("that forges its lineage is declined: a right signature over another past does not help", async () => {
    const model = wireVector(1, 1);
    const digest = modelDigest([model.spec]);
    const sign = (round: number, parent: string | null): CoordinatorMessage[] => {
      const statement = { run: "run-1", site: "a", instruction: "train", round: round + 1, config: {}, model: digest };
      const link = { run: "run-1", round, parent, model: digest, strategy: "{}" };
      const lineage = signLineage(link, coordinator.privateKey);
      const signature = signInstruction(statement, coordinator.privateKey);
      const order = { instruction: "train", round: round + 1, config: {}, tensors: [model.spec] } as const;
      const from = { tensor: 0, index: 0 };
      return [
        { kind: "instruction", ...order, from, lineage, signature },
        { kind: "chunk", tensor: 0, index: 0, data: model.data },
      ];
    };
    const run = { runId: "run-1", rounds: 9, topologyJson: "", tensors: [model.spec] };
    const greeting: CoordinatorMessage = { kind: "welcome", protocolVersion: 1, ...run };
    const receipt: CoordinatorMessage = { kind: "receipt", round: 6 };
    const end = { run: "run-1", site: "a", instruction: "stop", round: 0, config: {}, model: null } as const;
    const from = { tensor: 0, index: 0 };
    const signature = signInstruction(end, coordinator.privateKey);
    const last = { round: 0, config: {}, tensors: [], from, lineage: null, signature };
    const turns: CoordinatorMessage[][] = [
      [greeting, ...sign(5, "11".repeat(32))],
      [receipt, ...sign(6, "22".repeat(32))],
      sign(4, digest),
      [{ kind: "instruction", instruction: "stop", ...last }],
    ];
    const forger = await rawCoordinator((call, { kind }) => {
      const isTurn = kind === "join" || kind === "update-end" || kind === "declined";
      if (isTurn) for (const m of turns.shift() ?? []) call.write(m);
      if (kind === "leave") call.end();
    });
    const reports: ClientRound[] = [];
    const site = startClient({
      address: forger.address,
      site: "a",
      client: scriptedClient(answer(2, 2)),
      coordinatorKey: coordinator.publicKey,
      retry: { attempts: 1, firstDelayMs: 1 },
      onRound: (r) => {
        reports.push(r);
      },
    });
    await site;
    forger.close();
    expect(reports.map((r) => [r.round, r.outcome, r.reason])).toEqual([
      [6, "accepted", null],
      [7, "declined", "unsigned"],
      [5, "declined", "unsigned"],
    ]);
  });
});
