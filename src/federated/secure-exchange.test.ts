import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type AuditEntry, auditEntrySchema } from "./audit-entry.ts";
import { CoordinatorAudit } from "./coordinator-audit.ts";
import { operatingSystemRandom } from "../core/random-source.ts";
import type { SiteLink } from "./desk.ts";
import { Outbox } from "./outbox.ts";
import { SecureExchange } from "./secure-exchange.ts";
import { holdsDispute, roundDigest } from "./secagg/index.ts";
import { signComplaint } from "./secagg/messages.ts";
import { type SecureAnswerStep, type SecureOrderStep, secureTerms } from "./secure-messages.ts";
import { SecureParticipant } from "./secure-participant.ts";

const names = ["ash", "elm", "fir", "oak"];
const keys = new Map(names.map((site) => [site, generateKeyPairSync("ed25519")]));
const noAnswer = (): undefined => undefined;
/** What a site says to an order, once it has its own honest answer; undefined: nothing. */
type Mouth = (order: SecureOrderStep, honest: SecureAnswerStep | null) => SecureAnswerStep | null | undefined;

/** Four sites without a wire, and the coordinator's side of a round with them. */
async function makeExchange(
  mouths: Partial<Record<string, Mouth>> = {},
  stepMs = 300,
  disputed = new Map<string, number>(),
): Promise<{ exchange: SecureExchange; links: Map<string, SiteLink> }> {
  const links = new Map<string, SiteLink>();
  const state: { exchange: SecureExchange | null } = { exchange: null };
  for (const [site, { publicKey, privateKey }] of keys) {
    const outbox = await Outbox.open(null);
    const pinned = new Map([...keys].map(([id, pair]) => [id, pair.publicKey]));
    const rules = { minimumCohort: 3, maximumShare: 2 / 3, random: operatingSystemRandom() };
    const enter = ({ run, round }: { run: string; round: number }): Promise<void> => outbox.enterSecure(run, round);
    const participant = new SecureParticipant({ site, identity: privateKey, pinned, ...rules, enter });
    const secure = async (round: number, order: SecureOrderStep): Promise<void> => {
      const honest = await participant.take("r", round, order).catch((): SecureAnswerStep => ({ kind: "refused" }));
      const said = (mouths[site] ?? ((_, own) => own))(order, honest);
      if (said != null) state.exchange?.answer(link, round, said);
    };
    const rest = { canEvaluate: false, instruct: noAnswer, stop: noAnswer, drop: noAnswer };
    const link: SiteLink = { site, identity: publicKey, ...rest, secure: (round, order) => void secure(round, order) };
    links.set(site, link);
  }
  const weighted = [...links.values()].map((link) => ({ link, weight: 1 }));
  const task = { elements: 2, task: "t" };
  const options = { range: 1, noise: null, stepMs };
  const exchange = new SecureExchange(
    { run: "r", round: 1 },
    weighted,
    task,
    options,
    (site) => links.get(site),
    disputed,
  );
  state.exchange = exchange;
  return { exchange, links };
}

describe("the coordinator's side of a secure round", () => {
  it("opens with everybody who answers", async () => {
    const { exchange } = await makeExchange();
    expect(await exchange.open()).toEqual(names);
  });

  it("goes on without a site that is silent, after a step's time, and without one that is gone, at once", async () => {
    const { exchange } = await makeExchange({ elm: noAnswer });
    expect(await exchange.open()).toEqual(["ash", "fir", "oak"]);
    const { exchange: second, links } = await makeExchange({}, 60_000);
    links.delete("elm");
    expect(await second.open()).toEqual(["ash", "fir", "oak"]);
  });

  it("outlives whatever one site's message sets off, answers that come twice, and those of another step or round", async () => {
    const hostile: Mouth = (_, honest) => {
      if (honest?.kind !== "keys") return honest;
      const bomb = new Proxy(honest.keys, {
        get: () => {
          throw new TypeError("a getter of the site's");
        },
      });
      return { kind: "keys", keys: bomb };
    };
    const { exchange, links } = await makeExchange({ elm: hostile });
    const link = links.get("ash");
    if (link === undefined) throw new Error("no such site");
    const opening = exchange.open();
    for (let i = 0; i < 1000; i++) {
      exchange.answer(link, 2, { kind: "refused" });
      exchange.answer(link, 1, { kind: "disclosure", seedShares: new Map(), keyShares: new Map() });
    }
    expect(await opening).toEqual(["ash", "fir", "oak"]);
    exchange.answer(link, 1, { kind: "refused" });
  });

  it("is over when fewer than the threshold are left, and as soon as the run is", async () => {
    const { exchange } = await makeExchange({ elm: noAnswer, fir: () => ({ kind: "refused" }) });
    expect(await exchange.open()).toBeNull();
    const silent = Object.fromEntries(names.map((site) => [site, noAnswer]));
    const { exchange: second } = await makeExchange(silent, 60_000);
    const opening = second.open();
    second.stop();
    expect(await opening).toBeNull();
  });

  it("goes on without the one whose boxes open nowhere, and with three who say so of it in writing", async () => {
    const { exchange } = await makeExchange({ elm: spoiling(() => true) });
    expect(await exchange.open()).toEqual(["ash", "fir", "oak"]);
    expect(exchange.disputes.map(({ site, accused }) => [site, accused])).toEqual([
      ["ash", "elm"],
      ["fir", "elm"],
      ["oak", "elm"],
    ]);
  });

  it("leaves complaints in the coordinator's trail that a third party can hold their sites to", async () => {
    const { exchange } = await makeExchange({ elm: spoiling(() => true) });
    await exchange.open();
    const entries: AuditEntry[] = [];
    const trail = { append: async (entry: AuditEntry) => void entries.push(auditEntrySchema.parse(entry)) };
    const audit = new CoordinatorAudit(trail, () => expect.fail());
    for (const dispute of exchange.disputes) audit.disputed(1, dispute);
    expect(entries).toHaveLength(3);
    for (const entry of entries) {
      if (entry.kind !== "box-disputed") throw new Error("another entry");
      const { site, accused } = entry;
      const [roundDigest, boxDigest] = [entry.roundDigest, entry.boxDigest].map((hex) => Buffer.from(hex, "hex"));
      const dispute = { site, accused, roundDigest, boxDigest, signature: Buffer.from(entry.signature, "base64") };
      const key = keys.get(site)?.publicKey;
      if (key === undefined) throw new Error("no such site");
      expect(holdsDispute(dispute, key)).toBe(true);
      const others = [{ accused: "oaks" }, { boxDigest: roundDigest }, { roundDigest: boxDigest }, { site: "yew" }];
      for (const other of others) expect(holdsDispute({ ...dispute, ...other }, key)).toBe(false);
    }
  });

  it("goes on without the one that says of all boxes that they do not open", async () => {
    const { exchange } = await makeExchange({ fir: accusing("fir", ["ash", "elm", "oak"]) });
    expect(await exchange.open()).toEqual(["ash", "elm", "oak"]);
  });

  it("takes one of two whose word is against the other's, and in the next round the one that was in a dispute before", async () => {
    const disputed = new Map<string, number>();
    const { exchange } = await makeExchange({ fir: accusing("fir", ["ash"]) }, 300, disputed);
    expect(await exchange.open()).toEqual(["elm", "fir", "oak"]);
    const { exchange: next } = await makeExchange({ fir: accusing("fir", ["elm"]) }, 300, disputed);
    expect(await next.open()).toEqual(["ash", "elm", "oak"]);
    // whoever seals a bad box for one site is no better off than whoever complains of a good one
    const { exchange: third } = await makeExchange({ fir: spoiling((to) => to === "oak") }, 300, disputed);
    expect(await third.open()).toEqual(["ash", "elm", "oak"]);
  });

  it("believes no complaint that is not signed, and waits for nobody who does not say what opened", async () => {
    const unsigned: Mouth = (order, honest) =>
      order.kind === "boxes"
        ? { kind: "complaints", complaints: [{ accused: "ash", signature: new Uint8Array(64) }] }
        : honest;
    const { exchange } = await makeExchange({ fir: unsigned });
    expect(await exchange.open()).toEqual(["ash", "elm", "oak"]);
    expect(exchange.disputes).toEqual([]);
    const silent: Mouth = (order, honest) => (order.kind === "boxes" ? undefined : honest);
    const { exchange: second } = await makeExchange({ fir: silent });
    expect(await second.open()).toEqual(["ash", "elm", "oak"]);
  });
});

/** Seals boxes that do not open for some of the others. */
function spoiling(isSpoiled: (to: string) => boolean): Mouth {
  return (_, honest) => {
    if (honest?.kind !== "boxes") return honest;
    const spoil = (box: Uint8Array): Uint8Array => box.map((byte, i) => (i === 7 ? byte ^ 1 : byte));
    return {
      kind: "boxes",
      boxes: honest.boxes.map((sealed) => (isSpoiled(sealed.to) ? { ...sealed, box: spoil(sealed.box) } : sealed)),
    };
  };
}

/** Says of boxes that open that they do not, under its own signature. */
function accusing(site: string, accused: readonly string[]): Mouth {
  let round = new Uint8Array(0);
  return (order, honest) => {
    if (order.kind === "plan") {
      const { cohort, threshold, length } = order;
      round = new Uint8Array(roundDigest({ run: "r", round: 1, cohort, threshold, length, terms: secureTerms(order) }));
    }
    const key = keys.get(site)?.privateKey;
    if (order.kind !== "boxes" || key === undefined) return honest;
    const boxes = order.boxes.filter(({ from }) => accused.includes(from));
    return { kind: "complaints", complaints: boxes.map((sealed) => signComplaint(round, sealed, key)) };
  };
}
