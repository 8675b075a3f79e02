import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { operatingSystemRandom } from "../core/random-source.ts";
import { Outbox } from "./outbox.ts";
import type { SecureAnswerStep, SecureOrderStep, SecureRoundPlan } from "./secure-messages.ts";
import { secureTask } from "./secure-task.ts";
import { SecureParticipant } from "./secure-participant.ts";

const cohort = ["ash", "elm", "fir", "oak"];
const keys = new Map(cohort.map((site) => [site, generateKeyPairSync("ed25519")]));
const task = secureTask({ topologyJson: "", rounds: 1, model: "00", config: {} });
const plan: SecureRoundPlan = { cohort, threshold: 3, length: 2, range: 1, weights: [1, 1, 1, 1], task, noise: null };

async function participant(site: string, maximumShare = 2 / 3): Promise<SecureParticipant> {
  const own = keys.get(site);
  if (own === undefined) throw new Error("no such site");
  const pinned = new Map([...keys].filter(([id]) => id !== site).map(([id, { publicKey }]) => [id, publicKey]));
  const outbox = await Outbox.open(null);
  return new SecureParticipant({
    site,
    identity: own.privateKey,
    pinned,
    minimumCohort: 3,
    maximumShare,
    random: operatingSystemRandom(),
    enter: ({ run, round }) => outbox.enterSecure(run, round),
  });
}

/** What four sites answer to a plan each, and then to everybody's keys. */
async function untilShares(planOf: (site: string) => SecureRoundPlan): Promise<(SecureAnswerStep | null)[]> {
  const sites = await Promise.all(cohort.map((site) => participant(site)));
  const answers = await Promise.all(sites.map((each, i) => each.take("r", 1, { kind: "plan", ...planOf(cohort[i]) })));
  const shown = answers.flatMap((answer) => (answer?.kind === "keys" ? [answer.keys] : []));
  const order: SecureOrderStep = { kind: "keys", keys: shown };
  return await Promise.all(sites.map((each) => each.take("r", 1, order)));
}

describe("a participant of a secure round", () => {
  it("shares with others that were shown the same plan", async () => {
    expect((await untilShares(() => plan)).map((answer) => answer?.kind)).toEqual(Array(4).fill("boxes"));
  });

  it("shares nothing where another site was shown another range, other weights, or another task", async () => {
    // each of these would make the vectors of all sites but one next to nothing, and their sum that one's change
    const lies: Partial<SecureRoundPlan>[] = [
      { range: 1e20 },
      { range: 1e-20 },
      { weights: [1, 1 / 2, 1 / 2, 1 / 2] },
      { task: secureTask({ topologyJson: "", rounds: 1, model: "01", config: {} }) },
      { task: secureTask({ topologyJson: "", rounds: 1, model: "00", config: { learningRate: 0 } }) },
      { task: secureTask({ topologyJson: "{}", rounds: 1, model: "00", config: {} }) },
    ];
    for (const lie of lies) {
      const shares = untilShares((site) => (site === "ash" ? plan : { ...plan, ...lie }));
      await expect(shares).rejects.toThrow(expect.objectContaining({ code: "protocol_violation" }));
    }
  });

  it("enters no round in which its own weight could be nearly all of a sum", async () => {
    const enter = async (site: string, weights: number[], maximumShare?: number): Promise<unknown> =>
      await (await participant(site, maximumShare)).take("r", 1, { kind: "plan", ...plan, weights });
    const tiny = 2 ** -40;
    await expect(enter("ash", [1, tiny, tiny, tiny])).rejects.toThrow(/weights/);
    // three stay at least: with the two lightest of the others ash would have 1/(1 + 0.2 + 0.2) of the sum
    await expect(enter("ash", [1, 0.2, 0.2, 1])).rejects.toThrow(/weights/);
    expect(await enter("ash", [1, 0.25, 0.25, 0.5])).toMatchObject({ kind: "keys" });
    expect(await enter("elm", [1, 0.25, 0.25, 0.5])).toMatchObject({ kind: "keys" });
    await expect(enter("ash", [1, 1, 1, 1], 0.3)).rejects.toThrow(/weights/);
  });

  it("is ready to mask what was trained with the task of its plan, and nothing else", async () => {
    const sites = await Promise.all(cohort.map((site) => participant(site)));
    const keysOf = await Promise.all(sites.map((each) => each.take("r", 1, { kind: "plan", ...plan })));
    const shown = keysOf.flatMap((answer) => (answer?.kind === "keys" ? [answer.keys] : []));
    const shares = await Promise.all(sites.map((each) => each.take("r", 1, { kind: "keys", keys: shown })));
    const boxes = shares.flatMap((answer) => (answer?.kind === "boxes" ? answer.boxes : []));
    const [ash] = sites;
    expect(ash.isReady("r", 1, task)).toBe(false);
    await ash.take("r", 1, { kind: "boxes", boxes: boxes.filter(({ to }) => to === "ash") });
    expect(ash.isReady("r", 1, task)).toBe(false);
    await ash.take("r", 1, { kind: "participants", sites: cohort });
    expect(ash.isReady("r", 1, task)).toBe(true);
    expect(ash.isReady("r", 1, task.replace(/^./, "x"))).toBe(false);
    expect(ash.isReady("r", 2, task)).toBe(false);
    expect(ash.isReady("other", 1, task)).toBe(false);
  });
});
