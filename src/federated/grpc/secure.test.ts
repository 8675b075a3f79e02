import { type KeyObject, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import type { ClientSummary, FederatedClient } from "../client.ts";
import {
  type IdentityPaths,
  approveRequest,
  authorityFiles,
  initAuthority,
  readCertificate,
  readPrivateKey,
  requestIdentity,
} from "../identity/index.ts";
import type { Parameters } from "../parameters.ts";
import { roundDigest } from "../secagg/cohort.ts";
import { signAdvertisement } from "../secagg/messages.ts";
import { secureTerms } from "../secure-messages.ts";
import { SecureParticipant } from "../secure-participant.ts";
import { coordinateMedian, fedAvg, fedAvgM, qFedAvg } from "../strategy.ts";
import { type ClientOptions, startClient } from "./client.ts";
import { type FederatedServer, startServer } from "./server.ts";
import type { ServerOptions } from "./server-options.ts";

const names = ["ash", "elm", "fir", "oak"];
let dir: string;
const identities = new Map<string, IdentityPaths>();
const keys = new Map<string, KeyObject>();
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "sordino-secure-"));
  await initAuthority({ dir: join(dir, "ca"), hosts: ["127.0.0.1"] });
  for (const site of names) {
    const asked = await requestIdentity({ dir: mkdtempSync(join(dir, `${site}-`)), site });
    const { folder } = await approveRequest({ dir: join(dir, "ca"), ...asked, days: 1 });
    const paths = { caPath: join(folder, "ca.pem"), certPath: join(folder, "site.pem"), keyPath: asked.keyPath };
    identities.set(site, paths);
    keys.set(site, readCertificate(paths.certPath).publicKey);
  }
});
afterAll(() => rmSync(dir, { recursive: true }));

const start: Parameters = [
  { name: "w", dtype: "float32", shape: [2], data: Float32Array.of(1, 2) },
  { name: "n", dtype: "int32", shape: [1], data: Int32Array.of(7) },
];

/** Adds `step` to every float element; integers change too, and stay at the site. */
const moving = (step: number): FederatedClient => ({
  getParameters: () => start,
  fit: ([w, n]) => [
    { ...w, data: Float32Array.from(w.data as Float32Array, (v) => v + step) },
    { ...n, data: Int32Array.of(99) },
  ],
  evaluate: () => ({}),
});

const serve = (options: Partial<ServerOptions> = {}): Promise<FederatedServer> =>
  serveInClear({ secureAggregation: { range: 1, stepMs: 2000 }, ...options });

async function serveInClear(options: Partial<ServerOptions> = {}): Promise<FederatedServer> {
  const { serverCert, serverKey, caCert, revoked } = authorityFiles(join(dir, "ca"));
  const server = await startServer({
    address: "127.0.0.1:0",
    tls: { certPath: serverCert, keyPath: serverKey, clients: { caPath: caCert, revokedPath: revoked } },
    strategy: fedAvg({ weights: "equal" }),
    rounds: 2,
    minClients: 4,
    initialModel: start,
    ...options,
  });
  onTestFinished(async () => await server.close());
  return server;
}

async function attend(
  { port }: FederatedServer,
  site: string,
  client: FederatedClient,
  options: Partial<ClientOptions> = {},
): Promise<ClientSummary> {
  const tls = identities.get(site);
  if (tls === undefined) throw new Error("no such site");
  const pinned = new Map([...keys].filter(([name]) => name !== site));
  const base = { address: `127.0.0.1:${port}`, site, client, tls, retry: { attempts: 2, firstDelayMs: 1 } };
  return await startClient({ ...base, secureAggregation: { pinned }, ...options });
}

describe("secure rounds over the wire", () => {
  it("release the mean change of all sites, of which the coordinator saw the masked words alone", async () => {
    const server = await serve();
    const summaries = await Promise.all(names.map((site, i) => attend(server, site, moving((i + 1) / 10))));
    const { parameters, rounds } = await server.finished;
    // two rounds of a mean step of 0.25, each off by a step of the ring at most
    const [w, n] = parameters;
    expect(Number(w.data[0])).toBeCloseTo(1.5, 6);
    expect(Number(w.data[1])).toBeCloseTo(2.5, 6);
    // integers are in no sum
    expect(Number(n.data[0])).toBe(7);
    expect(rounds.map(({ outcome }) => outcome)).toEqual(["released", "released"]);
    for (const { rounds: own } of summaries)
      expect(own.map(({ outcome }) => outcome)).toEqual(["accepted", "accepted"]);
  });

  it("go on without a site that fails while it trains, and weight the others alike", async () => {
    const server = await serve({ rounds: 1 });
    const failing: FederatedClient = {
      ...moving(0),
      fit: () => {
        throw new Error("no disk");
      },
    };
    const clients = [moving(0.1), moving(0.2), moving(0.6), failing];
    await Promise.all(names.map((site, i) => attend(server, site, clients[i])));
    const { parameters, rounds } = await server.finished;
    expect(Number(parameters[0].data[0])).toBeCloseTo(1.3, 6);
    expect(rounds[0].sites.map(({ status }) => status)).toEqual(["used", "used", "used", "failed"]);
  });

  it("go on without a site whose sealed shares open nowhere: it trains nothing, and the others have said so in writing", async () => {
    const honest: SecureParticipant["take"] = Reflect.get(SecureParticipant.prototype, "take");
    const hostile = vi.spyOn(SecureParticipant.prototype, "take").mockImplementation(async function (
      this: SecureParticipant,
      ...asked
    ) {
      const answer = await honest.apply(this, asked);
      if (answer?.kind !== "boxes" || answer.boxes[0].from !== "elm") return answer;
      return { ...answer, boxes: answer.boxes.map((sealed) => ({ ...sealed, box: sealed.box.toReversed() })) };
    });
    onTestFinished(() => hostile.mockRestore());
    const disputes: [number, string, string][] = [];
    const disputed = (round: number, { site, accused }: { site: string; accused: string }): void =>
      void disputes.push([round, site, accused]);
    const nothing = (): void => undefined;
    const server = await serve({ witness: { opened: nothing, refused: nothing, received: nothing, disputed } });
    let isTrained = false;
    const watched: FederatedClient = { ...moving(0.1), fit: (p) => ((isTrained = true), p) };
    await Promise.all(names.map((site) => attend(server, site, site === "elm" ? watched : moving(0.2))));
    const { parameters, rounds } = await server.finished;
    expect(rounds.map(({ outcome }) => outcome)).toEqual(["released", "released"]);
    expect(rounds.map(({ sites }) => sites.map(({ site }) => site))).toEqual(Array(2).fill(["ash", "fir", "oak"]));
    expect(Number(parameters[0].data[0])).toBeCloseTo(1.4, 6);
    expect(isTrained).toBe(false);
    const told = [1, 2].flatMap((round) => ["ash", "fir", "oak"].map((site) => `${round},${site},elm`));
    expect(disputes.map(String).toSorted()).toEqual(told);
  });

  it("lose one round to a site whose shares make up nothing that it signed, and go on without it", async () => {
    const { keyPath } = identities.get("elm") ?? {};
    const honest: SecureParticipant["take"] = Reflect.get(SecureParticipant.prototype, "take");
    const hostile = vi.spyOn(SecureParticipant.prototype, "take").mockImplementation(async function (
      this: SecureParticipant,
      ...asked
    ) {
      const [run, round, step] = asked;
      const answer = await honest.apply(this, asked);
      if (step.kind !== "plan" || answer?.kind !== "keys" || answer.keys.site !== "elm") return answer;
      const digest = roundDigest({ run, round, ...step, terms: secureTerms(step) });
      const lie = { ...answer.keys, seedDigest: answer.keys.seedDigest.toReversed() };
      return { kind: "keys", keys: signAdvertisement(digest, lie, readPrivateKey(keyPath ?? "")) };
    });
    onTestFinished(() => hostile.mockRestore());
    let elm: Promise<ClientSummary> | undefined;
    let isThere: () => void = () => undefined;
    const arrival = new Promise<void>((resolve) => (isThere = resolve));
    const nothing = (): void => undefined;
    const opened = (site: string): void => (site === "elm" ? isThere() : undefined);
    const witness = { opened, refused: nothing, received: nothing };
    const server = await serve({ rounds: 3, minClients: 3, witness });
    // the liar comes while the others train, so that the second round has all four
    const patient: FederatedClient = {
      ...moving(0.2),
      fit: async (p, config) => {
        elm ??= attend(server, "elm", moving(0.2));
        await arrival;
        return await moving(0.2).fit(p, config);
      },
    };
    await Promise.all(["ash", "fir", "oak"].map((site) => attend(server, site, patient)));
    await elm;
    const { parameters, rounds } = await server.finished;
    expect(rounds.map(({ outcome }) => outcome)).toEqual(["released", "quorum not met", "released"]);
    expect(rounds.map(({ sites }) => sites.length)).toEqual([3, 4, 3]);
    expect(Number(parameters[0].data[0])).toBeCloseTo(1.4, 6);
  });

  it("keep the model when fewer than two thirds are left, and go on with the next round", async () => {
    const server = await serve({ rounds: 2 });
    const onceFailing = (): FederatedClient => {
      const { fit, ...rest } = moving(0.2);
      const fails = (p: Parameters, config: { round: number }): ReturnType<FederatedClient["fit"]> => {
        if (config.round === 1) throw new Error("no disk");
        return fit(p, config);
      };
      return { ...rest, fit: fails };
    };
    const clients = [moving(0.2), moving(0.2), onceFailing(), onceFailing()];
    await Promise.all(names.map((site, i) => attend(server, site, clients[i])));
    const { parameters, rounds } = await server.finished;
    expect(rounds.map(({ outcome }) => outcome)).toEqual(["quorum not met", "released"]);
    expect(Number(parameters[0].data[0])).toBeCloseTo(1.2, 6);
  });

  it("weight the sites by public constants, whoever stays", async () => {
    const weights = { ash: 4, elm: 2, fir: 1, oak: 1 };
    const server = await serve({ strategy: fedAvg({ weights }), rounds: 1 });
    await Promise.all(names.map((site, i) => attend(server, site, moving([0.1, 0.2, 0.4, -3][i]))));
    // (4·0.1 + 2·0.2 + 0.4 − 1) / 8, the last cut off at the range
    expect(Number((await server.finished).parameters[0].data[0])).toBeCloseTo(1.025, 6);
  });

  it("wait for a site that is late with the round before, and do not pass by without it", async () => {
    const server = await serve({ rounds: 2, deadlineMs: 300 });
    const late: FederatedClient = {
      ...moving(0.2),
      fit: async (p, config) => {
        if (config.round === 1) await new Promise((resolve) => setTimeout(resolve, 900));
        return await moving(0.2).fit(p, config);
      },
    };
    const clients = [moving(0.2), moving(0.2), moving(0.2), late];
    await Promise.all(names.map((site, i) => attend(server, site, clients[i])));
    const { rounds } = await server.finished;
    expect(rounds.map(({ outcome }) => outcome)).toEqual(["released", "released"]);
    expect(rounds[1].sites.map(({ status }) => status)).toEqual(["used", "used", "used", "used"]);
  });

  it("step by an optimizer at the coordinator where the strategy has one", async () => {
    const server = await serve({ strategy: fedAvgM({ weights: "equal", momentum: 0.5 }) });
    await Promise.all(names.map((site) => attend(server, site, moving(0.1))));
    // 0.1, then 0.5 · 0.1 + 0.1
    expect(Number((await server.finished).parameters[0].data[0])).toBeCloseTo(1.25, 6);
  });

  it("are refused by a site that has not pinned all the others: it trains nothing", async () => {
    const server = await serve({ rounds: 1, minClients: 4 });
    const asked: number[] = [];
    const watching: FederatedClient = {
      ...moving(0.1),
      fit: (p) => {
        asked.push(1);
        return p;
      },
    };
    const stranger = generateKeyPairSync("ed25519").publicKey;
    const pinned = new Map(
      [...keys].filter(([name]) => name !== "ash").map(([name, key], i) => [name, i === 0 ? stranger : key]),
    );
    const attending = names.map((site) =>
      site === "ash"
        ? attend(server, site, watching, { secureAggregation: { pinned } })
        : attend(server, site, moving(0.1)),
    );
    const [ash] = await Promise.all(attending);
    expect(asked).toEqual([]);
    expect(ash.rounds[0]).toMatchObject({ outcome: "declined", reason: "policy" });
    // the other three are enough
    expect((await server.finished).rounds[0].outcome).toBe("released");
  });

  it("are demanded by a site that has them set up: a run in clear text gets nothing from it", async () => {
    const server = await serveInClear();
    await expect(attend(server, "ash", moving(0.1))).rejects.toThrow(
      expect.objectContaining({ code: "policy_refused" }),
    );
  });

  it("C-P31: are refused with a range of 0, below 0 or NaN, strategies that look at single updates, no identities, or too few sites", async () => {
    const bad: [Partial<ServerOptions>, RegExp][] = [
      [{ strategy: coordinateMedian({ weights: "equal" }) }, /secureAggregation/],
      [{ strategy: qFedAvg({ weights: "equal", q: 1, lipschitz: 1 }) }, /secureAggregation/],
      [{ minClients: 2 }, /minClients/],
      [{ secureAggregation: { range: 0 } }, /range/],
      [{ secureAggregation: { range: -3 } }, /range/],
      [{ secureAggregation: { range: NaN } }, /range/],
      [{ secureAggregation: { range: 1, stepMs: 0 } }, /stepMs/],
      [{ buffered: { size: 3 } }, /secureAggregation|buffer/],
    ];
    for (const [change, message] of bad) await expect(serve(change)).rejects.toThrow(message);
    const { serverCert, serverKey } = authorityFiles(join(dir, "ca"));
    await expect(serve({ tls: { certPath: serverCert, keyPath: serverKey } })).rejects.toThrow(/tls.clients/);
  });
});
