import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operatingSystemRandom } from "../core/random-source.ts";
import { readLedger } from "../ledger/index.ts";
import type { Parameters } from "./parameters.ts";
import { RunLedger } from "./run-ledger.ts";
import type { SecureRoundPlan } from "./secure-messages.ts";
import { SecureParticipant } from "./secure-participant.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "sordino-secure-noise-"));
});
afterAll(() => rmSync(root, { recursive: true }));

const cohort = ["ash", "elm", "fir", "oak"];
const keys = new Map(cohort.map((site) => [site, generateKeyPairSync("ed25519")]));
const noise = { rounds: 2, l2ClipNorm: 1, noiseMultiplier: 1, honestSurvivors: 2 };
const plan: SecureRoundPlan = { cohort, threshold: 3, length: 4, range: 0, weights: [1, 1, 1, 1], task: "t", noise };

/**
 * @param ledger - the folder of the site's account.
 * @param announced - what the run says of its noise.
 */
function participant(site: string, ledger: string, announced: SecureRoundPlan["noise"] = noise): SecureParticipant {
  const own = keys.get(site);
  if (own === undefined) throw new Error("no such site");
  const made = new SecureParticipant({
    site,
    identity: own.privateKey,
    pinned: new Map([...keys].map(([id, { publicKey }]) => [id, publicKey])),
    minimumCohort: 3,
    maximumShare: 2 / 3,
    random: operatingSystemRandom(),
    enter: () => undefined,
    noise: {
      floor: null,
      openLedger: async (run, event, rounds) =>
        await RunLedger.open({
          dir: ledger,
          actor: `federated site ${site}, run ${run}`,
          scope: "site",
          budget: { epsilon: null, delta: 1e-5 },
          event,
          rounds,
          randomSource: "operating-system",
          isResumed: false,
        }),
      findLedger: async (run) => await RunLedger.find({ dir: ledger, actor: `federated site ${site}, run ${run}` }),
    },
  });
  made.announce(announced, announced?.rounds ?? 0);
  return made;
}

const folder = (): string => mkdtempSync(join(root, "ledger-"));
const model = (...values: number[]): Parameters => [
  { name: "w", dtype: "float64", shape: [values.length], data: Float64Array.from(values) },
];
const reserved = async (ledger: string): Promise<number> =>
  (await readLedger(ledger)).records.filter(({ type }) => type === "reserve").length;

/** Leads four sites through a round to where ash can mask. */
async function untilMasking(ash: SecureParticipant, round: number, shown: SecureRoundPlan = plan): Promise<void> {
  const others = cohort.slice(1).map((site) => participant(site, folder()));
  const sites = [ash, ...others];
  const answers = await Promise.all(sites.map((each) => each.take("r", round, { kind: "plan", ...shown })));
  const all = answers.flatMap((answer) => (answer?.kind === "keys" ? [answer.keys] : []));
  const shares = await Promise.all(sites.map((each) => each.take("r", round, { kind: "keys", keys: all })));
  const boxes = shares.flatMap((answer) => (answer?.kind === "boxes" ? answer.boxes : []));
  await ash.take("r", round, { kind: "boxes", boxes: boxes.filter(({ to }) => to === "ash") });
  await ash.take("r", round, { kind: "participants", sites: cohort });
  await Promise.all(others.map((each) => each.close(false)));
}

describe("a participant of secure rounds with noise", () => {
  it("shares nothing where another site was shown other noise: that one's part could be next to none", async () => {
    const lies = [{ noiseMultiplier: 0.5 }, { l2ClipNorm: 1e-6 }, { honestSurvivors: 1 }, { rounds: 3 }];
    for (const lie of lies) {
      const told = (site: string): SecureRoundPlan =>
        site === "ash" ? plan : { ...plan, noise: { ...noise, ...lie } };
      const sites = cohort.map((site) => participant(site, folder(), told(site).noise));
      const answers = await Promise.all(
        sites.map((each, i) => each.take("r", 1, { kind: "plan", ...told(cohort[i]) })),
      );
      const shown = answers.flatMap((answer) => (answer?.kind === "keys" ? [answer.keys] : []));
      const shares = sites.map((each) => each.take("r", 1, { kind: "keys", keys: shown }));
      for (const share of shares) {
        await expect(share).rejects.toThrow(expect.objectContaining({ code: "protocol_violation" }));
      }
      await Promise.all(sites.map((each) => each.close(false)));
    }
  });

  it("masks in as many rounds as it planned, whatever number they have and however often it is started again", async () => {
    const ledger = folder();
    const first = participant("ash", ledger);
    await untilMasking(first, 1);
    const [masked] = await first.mask("r", 1, new Float64Array(3), model(1, 2, 3));
    expect(masked).toMatchObject({ dtype: "int32", shape: [4] });
    await first.close(false);
    const second = participant("ash", ledger);
    await untilMasking(second, 5);
    await second.mask("r", 5, new Float64Array(3), model(1, 2, 3));
    await untilMasking(second, 6);
    await expect(second.mask("r", 6, new Float64Array(3), model(1, 2, 3))).rejects.toThrow(
      expect.objectContaining({ code: "budget_exceeded" }),
    );
    expect(await reserved(ledger)).toBe(2);
    await second.close(true);
  });

  it("says what an earlier life spent, and closes its account, when it comes back to hear that the run is over", async () => {
    const ledger = folder();
    const first = participant("ash", ledger);
    await untilMasking(first, 1);
    await first.mask("r", 1, new Float64Array(3), model(1, 2, 3));
    const spent = await first.spend("r");
    expect(spent?.honestSurvivors).toBe(2);
    await first.close(false);
    const second = participant("ash", ledger);
    expect(await second.spend("r")).toEqual(spent);
    await second.close(true);
    expect((await readLedger(ledger)).records.at(-1)?.type).toBe("close");
    // another run, or a site that never was in one
    expect(await participant("ash", ledger).spend("q")).toBeNull();
    expect(await participant("ash", join(ledger, "none")).spend("r")).toBeNull();
  });

  it("spends nothing for a model of another size than the plan's", async () => {
    const ledger = folder();
    const ash = participant("ash", ledger);
    await untilMasking(ash, 1);
    for (const size of [2, 5]) {
      const after = model(...new Float64Array(size));
      await expect(ash.mask("r", 1, new Float64Array(size), after)).rejects.toThrow(/length/);
    }
    expect(await reserved(ledger)).toBe(0);
    await ash.close(false);
  });

  it("goes into no round with other noise than was announced, or for more rounds than the run has: nothing is scheduled", async () => {
    const ledger = folder();
    const ash = participant("ash", ledger);
    const changes = [{ noiseMultiplier: 0.9 }, { l2ClipNorm: 2 }, { honestSurvivors: 1 }, { rounds: 1000 }];
    for (const change of changes) {
      const lie = { ...plan, noise: { ...noise, ...change } };
      await expect(ash.take("r", 1, { kind: "plan", ...lie })).rejects.toThrow(/announced/);
    }
    ash.announce({ ...noise, rounds: 1000 }, 2);
    const long = { ...plan, noise: { ...noise, rounds: 1000 } };
    await expect(ash.take("r", 1, { kind: "plan", ...long })).rejects.toThrow(/1000 rounds/);
    expect(await ash.spend("r")).toBeNull();
  });

  it("goes into no round of the run with other noise than the first, with weights, or with more honest sites than stay", async () => {
    const ash = participant("ash", folder());
    await untilMasking(ash, 1);
    const changes: Partial<SecureRoundPlan>[] = [
      { noise: { ...noise, noiseMultiplier: 2 } },
      { length: 8 },
      { weights: [1, 0.5, 1, 1] },
      { noise: { ...noise, honestSurvivors: 4 } },
      { noise: { ...noise, noiseMultiplier: NaN } },
      { noise: null, range: 1 },
    ];
    for (const change of changes) {
      // a second welcome may say other things
      ash.announce(change.noise ?? noise, 2);
      await expect(ash.take("r", 2, { kind: "plan", ...plan, ...change })).rejects.toThrow(/siteNoise|weights|noise/);
    }
    await ash.close(false);
  });
});
