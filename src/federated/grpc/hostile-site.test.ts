import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { AuditEntry } from "../audit-entry.ts";
import { CoordinatorAudit } from "../coordinator-audit.ts";
import { chunkBytes } from "../manifest.ts";
import type { SiteMessage } from "../messages.ts";
import type { FederatedServer } from "./server.ts";
import { startClient } from "./client.ts";
import { type RawSite, rawSite, updateMessages, wireVector } from "./raw-site.fixture.ts";
import { answer, firstValues, loopbackServer, scriptedClient } from "./scripted-client.fixture.ts";
import { joinMethod } from "./service.ts";

const invalidArgument = 3;
const resourceExhausted = 8;

type Ended = Awaited<FederatedServer["finished"]> & { readonly trail: readonly AuditEntry[] };

/** A run of one round over an honest site, which says [5, 6], and a raw one; and what the coordinator wrote down of it. */
async function withRawSite(act: (raw: RawSite) => Promise<void>): Promise<Ended> {
  const trail: AuditEntry[] = [];
  const witness = new CoordinatorAudit({ append: async (entry) => void trail.push(entry) }, () => expect.fail());
  const server = await loopbackServer({ minClients: 2, witness });
  const honest = startClient({ address: server.address, site: "honest", client: scriptedClient(answer(5, 6)) });
  const raw = rawSite(server.address, "raw");
  try {
    await raw.next("instruction");
    await act(raw);
    const result = await server.finished;
    await honest;
    return { ...result, trail };
  } finally {
    raw.close();
  }
}

describe("a site that breaks the rules", () => {
  const { spec, data } = wireVector(1, 2);
  const header = (over: object = {}): SiteMessage => {
    return { kind: "update-header", round: 1, stepsTaken: 0, isAgain: false, privacy: null, tensors: [spec], ...over };
  };
  const chunk = (over: object = {}): SiteMessage => ({ kind: "chunk", tensor: 0, index: 0, data, ...over });
  const end: SiteMessage = { kind: "update-end", round: 1, complete: true };
  const privacy = { epsilon: { lower: 0, upper: 1, point: 1 }, delta: 2, neighboring: "zero-out", unit: "user" };
  const { sha256: _, ...withoutDigest } = spec;

  const cases: [string, string, SiteMessage[]][] = [
    ["sends other bytes than its digest says", "digest", [header(), chunk({ data: new Uint8Array(8) }), end]],
    ["gives no digest", "digest", [header({ tensors: [withoutDigest] }), chunk(), end]],
    ["sends too few bytes", "size", [header(), chunk({ data: data.subarray(0, 4) }), end]],
    ["sends nothing at all", "size", [header(), end]],
    ["sends a chunk twice", "size", [header(), chunk(), chunk(), end]],
    ["sends a chunk of no tensor", "size", [header(), chunk({ tensor: 7 }), end]],
    ["sends chunks out of order", "size", [header(), chunk({ index: 1 }), end]],
    ["sends an oversize chunk", "size", [header(), chunk({ data: new Uint8Array(chunkBytes + 1) }), end]],
    ["breaks off", "incomplete", [header(), { ...end, complete: false }]],
    ["answers another round", "other-round", [header({ round: 3 }), chunk(), { ...end, round: 3 }]],
    ["claims a delta of 2", "statement", [header({ privacy }), chunk(), end]],
    [
      "declares a tensor of 2^60 elements",
      "shape",
      [header({ tensors: [{ ...spec, shape: [2 ** 30, 2 ** 30] }] }), end],
    ],
  ];
  it.each(cases)("%s: is told %s, and the round goes on", async (_, reason, messages) => {
    const { parameters, rounds, trail } = await withRawSite(async (raw) => {
      raw.send(...messages);
      expect(await raw.next("reject")).toMatchObject({ reason });
    });
    const received = trail.filter((e) => e.kind === "update-received" && e.site === "raw");
    expect(received).toMatchObject([{ bytes: 0, reason }]);
    expect(rounds[0]?.sites).toMatchObject([{ status: "used" }, { site: "raw", status: "rejected", reason }]);
    expect(firstValues(parameters)).toEqual([5, 6]);
  });

  it("sends its update twice: the second is refused as a duplicate and changes nothing", async () => {
    const { parameters } = await withRawSite(async (raw) => {
      raw.send(...updateMessages(1, 1, 2), ...updateMessages(1, 100, 200));
      await raw.next("receipt");
      expect(await raw.next("reject")).toMatchObject({ reason: "duplicate" });
    });
    expect(firstValues(parameters)).toEqual([3, 4]);
  });

  const breaches: [string, SiteMessage[]][] = [
    ["a chunk without a header", [chunk()]],
    ["a second join", [{ kind: "join", protocolVersion: 1, site: "again", capabilities: [], weight: 1, held: null }]],
    ["a header within an update", [header(), header()]],
    ["the end of another update", [header(), { ...end, round: 2 }]],
    ["an evaluation that nobody asked for", [{ kind: "evaluation", round: 1, metrics: { accuracy: 1 } }]],
  ];
  it.each(breaches)("sends %s: its stream ends as a protocol violation, and the round goes on", async (_, messages) => {
    const { rounds, trail } = await withRawSite(async (raw) => {
      raw.send(...messages);
      expect(await raw.next("reject")).toMatchObject({ reason: "protocol" });
      expect(await raw.ended).toBe(invalidArgument);
    });
    expect(trail).toContainEqual({ kind: "session-refused", peer: "raw", reason: "protocol" });
    expect(rounds[0]?.sites[1]).toMatchObject({ site: "raw", status: "failed", reason: "disconnected" });
  });

  it("sends random bytes: its stream ends, and the run goes on", async () => {
    const server = await loopbackServer();
    const noise = (m: SiteMessage): Buffer => (m.kind === "join" ? randomBytes(200) : joinMethod.requestSerialize(m));
    const raw = rawSite(server.address, "raw", noise);
    expect(await raw.ended).toBe(invalidArgument);
    raw.close();
    await startClient({ address: server.address, site: "honest", client: scriptedClient(answer(5, 6)) });
    expect(firstValues((await server.finished).parameters)).toEqual([5, 6]);
  });

  it("sends a message larger than any may be: the transport cuts it off, and the round goes on", async () => {
    const { rounds } = await withRawSite(async (raw) => {
      raw.send(header(), chunk({ data: new Uint8Array(3 * chunkBytes) }));
      expect(await raw.ended).toBe(resourceExhausted);
    });
    expect(rounds[0]?.sites[1]).toMatchObject({ site: "raw", status: "failed", reason: "disconnected" });
  });

  it("sends credit for nothing, again and again: that is no progress, and the round closes at its deadline", async () => {
    const server = await loopbackServer({ minClients: 2, deadlineMs: 200 });
    const raw = rawSite(server.address, "raw");
    const honest = startClient({ address: server.address, site: "honest", client: scriptedClient(answer(5, 6)) });
    const junk = setInterval(() => raw.send({ kind: "credit", chunks: 4 }), 20);
    const { rounds } = await server.finished;
    clearInterval(junk);
    expect(rounds[0]?.sites[1]).toMatchObject({ site: "raw", status: "failed", reason: "deadline" });
    await honest;
    raw.close();
  });

  it("speaks another version, has an impossible name or weight: is turned away by name", async () => {
    const server = await loopbackServer();
    const joins: [object, string][] = [
      [{ protocolVersion: 2 }, "version"],
      [{ site: "../../etc" }, "site"],
      [{ weight: NaN }, "site"],
      [{ weight: -1 }, "site"],
      [{ weight: 1e300 }, "site"],
    ];
    for (const [over, reason] of joins) {
      const raw = rawSite(server.address, "raw", (m) => joinMethod.requestSerialize({ ...m, ...over }));
      expect(await raw.next("reject")).toMatchObject({ reason });
      raw.close();
    }
    await server.close();
  });
});
