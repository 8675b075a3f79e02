import { describe, expect, it } from "vitest";
import type { PrivacyError } from "../core/index.ts";
import type { AuditEntry } from "./audit-entry.ts";
import type { ClientConfig, EvaluateResult, FederatedClient, FitResult, RunAnnouncement } from "./client.ts";
import { outgoingTensors } from "./manifest.ts";
import { policedClient } from "./policed-client.ts";
import type { Parameters } from "./parameters.ts";
import { type PlannedTraining, type SitePolicy, policySchema } from "./site-policy.ts";

const fingerprint = `sha256:${"ab".repeat(32)}`;
const policy: SitePolicy = {
  servers: [fingerprint],
  runs: "any",
  minCohort: 3,
  maxRounds: 5,
  l2ClipNorm: { min: 0.5, max: 2 },
  minNoiseMultiplier: 0.5,
  mustUseSecureAggregation: false,
  tensors: "announced",
  maxBytesPerRound: 64,
  epsilonBudget: 4,
  maxDelta: 1e-5,
  config: { learningRate: { min: 0, max: 1 } },
  metrics: ["accuracy"],
};
const w: Parameters = [{ name: "w", dtype: "float32", shape: [2], data: Float32Array.of(1, 2) }];
const run: RunAnnouncement = {
  runId: "run-1",
  rounds: 5,
  topologyJson: "",
  tensors: [{ name: "w", dtype: "float32", shape: [2] }],
  minClients: 3,
};
const plan: PlannedTraining = {
  datasetSize: 100,
  privacy: {
    unit: "example",
    neighboring: "add-or-remove-one",
    targetEpsilon: 4,
    delta: 1e-5,
    l2ClipNorm: 1,
    expectedBatchSize: 10,
    stepsPerRound: 4,
    maxRounds: 5,
  },
};
const privacy = {
  epsilon: { lower: 1, point: 2, upper: 2 },
  delta: 1e-5,
  unit: "example",
  neighboring: "add-or-remove-one",
} as const;
const config = { round: 1 } as ClientConfig;

interface Scene {
  readonly policy?: Partial<SitePolicy>;
  readonly run?: Partial<RunAnnouncement>;
  readonly plan?: Partial<PlannedTraining["privacy"]>;
  readonly fit?: FitResult | Parameters;
  readonly evaluate?: EvaluateResult;
}

/** A client that counts how often its own code was reached. */
function scene(s: Scene = {}) {
  const reached: string[] = [];
  const entries: AuditEntry[] = [];
  const inner: FederatedClient = {
    prepare: () => void reached.push("prepare"),
    getParameters: () => (reached.push("getParameters"), w),
    fit: () => (reached.push("fit"), s.fit ?? { parameters: w, stepsTaken: 4, privacy }),
    evaluate: () => (reached.push("evaluate"), s.evaluate ?? { metrics: { accuracy: 0.5 } }),
  };
  const client = policedClient({
    client: inner,
    policy: { ...policy, ...s.policy },
    audit: { append: async (entry) => void entries.push(entry) },
    plan: { ...plan, privacy: { ...plan.privacy, ...s.plan } },
  });
  const begin = async (): Promise<void> => await client.prepare?.({ ...run, ...s.run });
  return { client, reached, entries, begin };
}

const breach = async (promise: unknown): Promise<string> => {
  const error = await Promise.resolve(promise).then(
    () => expect.fail("was allowed"),
    (e: unknown) => e as PrivacyError<"policy_refused">,
  );
  expect(error.code).toBe("policy_refused");
  return error.details.rule;
};

/** 4 honest sites together 1 of the clip norm: each 1/2. */
const noise = { rounds: 1, l2ClipNorm: 1, noiseMultiplier: 1, honestSurvivors: 4 };
const noiseFloor = { minShare: 0.5, maxHonestSurvivors: 4 };

describe("a site's policy", () => {
  it("lets through what it allows, and every step of it is recorded before bytes leave", async () => {
    const { client, reached, entries, begin } = scene();
    await begin();
    await client.fit(w, config);
    await client.leaving?.(1, outgoingTensors(w).manifest);
    await client.evaluate(w, { ...config, round: 1 });
    expect(reached).toEqual(["prepare", "fit", "evaluate"]);
    expect(entries.map((e) => e.kind)).toEqual([
      "policy-decision",
      "instruction-received",
      "policy-decision",
      "policy-decision",
      "update-left",
      "instruction-received",
      "policy-decision",
      "policy-decision",
      "metrics-left",
    ]);
    expect(entries[4]).toMatchObject({ run: "run-1", round: 1, bytes: 8, tensors: 1 });
  });

  const announcements: readonly [string, Scene][] = [
    ["runs", { policy: { runs: ["another"] } }],
    ["maxRounds", { run: { rounds: 6 } }],
    ["minCohort", { run: { minClients: 2 } }],
    ["mustUseSecureAggregation", { policy: { mustUseSecureAggregation: true } }],
    ["siteNoise", { policy: { siteNoise: noiseFloor }, run: { isSecure: true } }],
    [
      "siteNoise",
      { policy: { siteNoise: noiseFloor }, run: { isSecure: true, siteNoise: { ...noise, noiseMultiplier: 0.9 } } },
    ],
    [
      "siteNoise",
      { policy: { siteNoise: noiseFloor }, run: { isSecure: true, siteNoise: { ...noise, noiseMultiplier: NaN } } },
    ],
    [
      "siteNoise",
      { policy: { siteNoise: { ...noiseFloor, maxHonestSurvivors: 3 } }, run: { isSecure: true, siteNoise: noise } },
    ],
    ["tensors", { policy: { tensors: ["v"] } }],
    ["maxBytesPerRound", { policy: { maxBytesPerRound: 7 } }],
    ["l2ClipNorm", { plan: { l2ClipNorm: 0.4 } }],
    ["l2ClipNorm", { plan: { l2ClipNorm: 3 } }],
    ["epsilonBudget", { plan: { targetEpsilon: 4.1 } }],
    ["maxDelta", { plan: { delta: 1e-4 } }],
    ["minNoiseMultiplier", { policy: { minNoiseMultiplier: 50 } }],
  ];
  for (const [rule, s] of announcements) {
    it(`refuses a run that breaks ${rule} (${JSON.stringify(s)}) before the site's code is reached`, async () => {
      const { reached, entries, begin } = scene(s);
      expect(await breach(begin())).toBe(rule);
      expect(reached).toEqual([]);
      expect(entries).toEqual([{ kind: "policy-decision", run: "run-1", round: 0, rule, isAllowed: false }]);
    });
  }

  it("takes a coordinator that claims no cohort for one of a single site", async () => {
    const { client } = scene();
    const { minClients: _unsaid, ...silent } = run;
    expect(await breach(client.prepare?.(silent))).toBe("minCohort");
  });

  it("lets secure aggregation be demanded and given", async () => {
    const { begin } = scene({ policy: { mustUseSecureAggregation: true }, run: { isSecure: true } });
    await scene({ policy: { siteNoise: noiseFloor }, run: { isSecure: true, siteNoise: noise } }).begin();
    await begin();
  });

  const wishes: readonly [string, Record<string, number>][] = [
    ["lower noise", { noiseMultiplier: 0.01 }],
    ["another clip", { l2ClipNorm: 1e9 }],
    ["a larger epsilon", { targetEpsilon: 100 }],
    ["a learning rate out of its range", { learningRate: 2 }],
    ["a number under a name of the prototype", { constructor: 1 }],
  ];
  for (const [what, wish] of wishes) {
    it(`refuses a coordinator that gives ${what} before any record is read`, async () => {
      const { client, reached, begin } = scene();
      await begin();
      for (const method of ["fit", "evaluate"] as const) {
        expect(await breach(client[method](w, { ...config, ...wish }))).toBe("config");
      }
      expect(await breach(client.getParameters({ ...config, ...wish }))).toBe("config");
      expect(reached).toEqual(["prepare"]);
    });
  }

  it("counts the rounds that were asked for, whatever their numbers", async () => {
    const { client, begin } = scene();
    await begin();
    for (const round of [1, 2, 7, 8, 9]) await client.fit(w, { ...config, round });
    expect(await breach(client.fit(w, { ...config, round: 10 }))).toBe("maxRounds");
  });

  const departures: readonly [string, string, Scene][] = [
    ["without a guarantee", "privacy", { fit: { parameters: w } }],
    ["that is bare parameters", "privacy", { fit: w }],
    [
      "that has cost more than the budget",
      "epsilonBudget",
      { fit: { parameters: w, privacy: { ...privacy, epsilon: { lower: 1, point: 5, upper: 5 } } } },
    ],
    ["of another delta", "maxDelta", { fit: { parameters: w, privacy: { ...privacy, delta: 1e-3 } } }],
    [
      "with a tensor that was not announced",
      "tensors",
      { fit: { parameters: [...w, { name: "x", dtype: "float32", shape: [1], data: [1] }], privacy } },
    ],
    [
      "of another shape than announced",
      "tensors",
      { fit: { parameters: [{ name: "w", dtype: "float32", shape: [1], data: [1] }], privacy } },
    ],
    [
      "with less than was announced",
      "tensors",
      { run: { tensors: [...run.tensors, { name: "b", dtype: "int32", shape: [1] }] } },
    ],
    [
      "of more bytes",
      "maxBytesPerRound",
      {
        run: { tensors: [] },
        fit: { parameters: [{ name: "w", dtype: "float64", shape: [9], data: new Float64Array(9) }], privacy },
      },
    ],
    [
      "with an array of its own",
      "metrics",
      { fit: { parameters: w, privacy, metrics: { model_updates: [1, 2, 3] } } as FitResult },
    ],
  ];
  for (const [what, rule, s] of departures) {
    it(`lets no update leave ${what}`, async () => {
      const { client, entries, begin } = scene(s);
      await begin();
      expect(await breach(client.fit(w, config))).toBe(rule);
      expect(entries.map((e) => e.kind)).not.toContain("update-left");
      expect(entries.at(-1)).toMatchObject({ kind: "policy-decision", rule, isAllowed: false });
    });
  }

  const metrics: readonly [string, unknown][] = [
    ["an array", { metrics: { accuracy: [1, 2, 3] } }],
    ["a typed array", { metrics: { accuracy: Float32Array.of(1, 2) } }],
    ["text", { metrics: { accuracy: "0.5" } }],
    ["what is not finite", { metrics: { accuracy: NaN } }],
    ["a name that is not listed", { metrics: { accuracy: 0.5, patients: 17 } }],
    ["a loss that is not listed", { loss: 1 }],
    ["a field of its own", { metrics: { accuracy: 0.5 }, examples: 17 }],
  ];
  for (const [what, result] of metrics) {
    it(`C-P32: lets no metrics leave with ${what}`, async () => {
      const { client, entries, begin } = scene({ evaluate: result as EvaluateResult });
      await begin();
      expect(await breach(client.evaluate(w, config))).toBe("metrics");
      expect(entries.map((e) => e.kind)).not.toContain("metrics-left");
    });
  }

  it("lets nothing leave that can not be recorded", async () => {
    const inner: FederatedClient = {
      getParameters: () => w,
      fit: () => ({ parameters: w, privacy }),
      evaluate: () => ({}),
    };
    const audit = { append: async () => await Promise.reject(new Error("disk full")) };
    const client = policedClient({ client: inner, policy: null, audit, plan: null });
    await expect(client.fit(w, config)).rejects.toThrow("disk full");
    await expect(client.leaving?.(1, outgoingTensors(w).manifest)).rejects.toThrow("disk full");
  });
});

describe("the form of a policy", () => {
  it("takes no field that it does not know, and no rule without its bound", () => {
    expect(policySchema.safeParse(policy).success).toBe(true);
    for (const key of Object.keys(policy).filter((k) => k !== "config" && k !== "metrics")) {
      const { [key as keyof SitePolicy]: _left, ...rest } = policy;
      expect(policySchema.safeParse(rest).success, key).toBe(false);
    }
    for (const wrong of [
      { minNoiseMultiplicator: 1 },
      { servers: [] },
      { servers: [fingerprint.slice(0, 20)] },
      { minNoiseMultiplier: -1 },
      { l2ClipNorm: { min: 2, max: 1 } },
      { epsilonBudget: Infinity },
      { maxDelta: 1 },
    ]) {
      expect(policySchema.safeParse({ ...policy, ...wrong }).success, JSON.stringify(wrong)).toBe(false);
    }
  });
});
