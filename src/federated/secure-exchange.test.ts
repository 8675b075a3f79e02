import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { operatingSystemRandom } from "../core/random-source.ts";
import type { SiteLink } from "./desk.ts";
import { Outbox } from "./outbox.ts";
import { SecureExchange } from "./secure-exchange.ts";
import type { SecureAnswerStep, SecureOrderStep } from "./secure-messages.ts";
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
    const rest = { canEvaluate: false, instruct: noAnswer, stop: noAnswer };
    const link: SiteLink = { site, identity: publicKey, ...rest, secure: (round, order) => void secure(round, order) };
    links.set(site, link);
  }
  const weighted = [...links.values()].map((link) => ({ link, weight: 1 }));
  const task = { elements: 2, task: "t" };
  const options = { range: 1, noise: null, stepMs };
  const exchange = new SecureExchange({ run: "r", round: 1 }, weighted, task, options, (site) => links.get(site));
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
});
