import { type Tensor, mul, train } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { account } from "../accounting/index.ts";
import type { Neighboring } from "../events/index.ts";
import { PrivacyEngine } from "./privacy-engine.ts";
import type { RunOptions } from "./run-options.ts";
import { clouds, codeOf, freshFolder, openSeeded, smallModel, smallRun, weightsOf } from "./training.fixture.ts";

const { expectedBatchSize: _b, l2ClipNorm: _c, ...bare } = smallRun();

type Choice = Partial<RunOptions>;
const poisson = { kind: "poisson", expectedBatchSize: 16 } as const;
const flat = { kind: "flat", l2ClipNorm: 1 } as const;
const cyclic = { kind: "cyclic-poisson", expectedBatchSize: 16, groups: 3 } as const;

const choices: readonly [string, Neighboring, Choice][] = [
  ["Poisson, records replaced", "replace-one", {}],
  ["Poisson, records zeroed", "zero-out", {}],
  [
    "truncated Poisson",
    "zero-out",
    { sampling: { kind: "truncated-poisson", expectedBatchSize: 16, maxBatchSize: 20 } },
  ],
  ["without replacement", "replace-one", { sampling: { kind: "without-replacement", expectedBatchSize: 16 } }],
  ["shuffled", "zero-out", { sampling: { kind: "shuffled", expectedBatchSize: 20 } }],
  ["cyclic Poisson", "add-or-remove-one", { sampling: cyclic }],
  ["BandMF", "add-or-remove-one", { sampling: cyclic, noise: { kind: "banded", bands: 3 } }],
  ["the discrete Gaussian", "add-or-remove-one", { noise: { kind: "discrete-gaussian" } }],
  ["per-layer clipping", "add-or-remove-one", { clip: { kind: "per-layer", l2ClipNorms: [0.5, 1] } }],
  ["automatic clipping", "add-or-remove-one", { clip: { kind: "automatic", l2ClipNorm: 1, gamma: 0.01 } }],
  [
    "adaptive clipping",
    "add-or-remove-one",
    { clip: { kind: "adaptive", quantile: 0.5, learningRate: 0.2, initial: 0.1, countNoiseMultiplier: 4 } },
  ],
  [
    "a schedule of norms",
    "add-or-remove-one",
    {
      clip: {
        ...flat,
        schedule: [
          { steps: 4, factor: 2 },
          { steps: 6, factor: 1 },
        ],
      },
    },
  ],
  [
    "a schedule of noise",
    "add-or-remove-one",
    {
      noise: {
        kind: "grid-gaussian",
        schedule: [
          { steps: 4, factor: 2 },
          { steps: 6, factor: 1 },
        ],
      },
    },
  ],
  [
    "augmentations",
    "add-or-remove-one",
    { augmentations: { views: 3, augment: (x, view) => x.map((t) => mul(t, 1 - view / 10)) } },
  ],
];

describe("every kind of run", () => {
  for (const [name, neighboring, choice] of choices) {
    it(`${name}: trains, reserves what it is priced as, and its live epsilon ends at the ledger's`, async () => {
      const engine = await openSeeded(name.length, { neighboring });
      const model = smallModel();
      const before = weightsOf(model);
      const trainer = await engine.makePrivate({
        ...bare,
        model,
        sampling: poisson,
        clip: flat,
        ...choice,
        noiseMultiplier: 1.5,
      });
      let last = 0;
      const result = await trainer.fit({ onStep: ({ epsilon }) => (last = epsilon) });
      expect(result).toEqual({ steps: 10, completed: true });
      expect(weightsOf(model).every(Number.isFinite)).toBe(true);
      expect(weightsOf(model)).not.toEqual(before);
      const { plan } = trainer;
      const [run] = engine.ledger.spent("clouds").runs;
      expect(run).toMatchObject({
        event: plan.ledgerEvent,
        scheduled: plan.ledgerCount,
        used: plan.ledgerCount,
        left: 0,
      });
      const certified = account(plan.event, { neighboring }).guarantee({ delta: 1e-5 }).epsilon;
      expect(last).toBeGreaterThanOrEqual(certified.lower);
      expect(last).toBeLessThanOrEqual(certified.upper * (1 + 1e-9));
      expect(await codeOf(() => trainer.steps({ count: 1 }).next())).toBe("budget_exceeded");
      await engine.close();
    });
  }

  it("D20 calibrates any of them: the finished run never costs more than its target", async () => {
    const several = new Set([
      "Poisson, records zeroed",
      "shuffled",
      "BandMF",
      "the discrete Gaussian",
      "a schedule of noise",
    ]);
    for (const [name, neighboring, choice] of choices.filter(([own]) => several.has(own))) {
      const engine = await openSeeded(20, { neighboring });
      const options = { ...bare, model: smallModel(), sampling: poisson, clip: flat, ...choice };
      const trainer = await engine.makePrivateWithEpsilon({ ...options, targetEpsilon: 4 });
      const price = account(trainer.plan.event, { neighboring }).guarantee({ delta: 1e-5 }).epsilon.upper;
      expect(price, name).toBeLessThanOrEqual(4 * (1 + 1e-12));
      expect(price, name).toBeGreaterThan(3.9);
      await engine.close();
    }
  });
});

describe("what cannot be cut", () => {
  const banded: Choice = { sampling: cyclic, noise: { kind: "banded", bands: 3 }, clip: flat };

  it("T28 correlated noise ends with its process: it is spent whole, and no checkpoint goes on with it", async () => {
    const [ledger, folder] = [freshFolder(), freshFolder()];
    const options = { ledger, unit: "example", neighboring: "add-or-remove-one", delta: 1e-5 } as const;
    const engine = await PrivacyEngine.open(options);
    const trainer = await engine.makePrivate({ ...bare, model: smallModel(), ...banded, noiseMultiplier: 2 });
    for await (const step of trainer.steps({ count: 4 })) expect(step.steps).toBe(10);
    // a pause is no end: the same process goes on
    for await (const step of trainer.steps({ count: 2 })) expect(step.index).toBeGreaterThan(4);
    await trainer.save(folder);
    await engine.close();
    const { optimizer, loss, data } = bare;
    expect(await codeOf(() => PrivacyEngine.resume(folder, { ledger, optimizer, loss, data }))).toBe("invalid_state");
    const again = await PrivacyEngine.open(options);
    expect(again.ledger.spent("clouds").runs).toMatchObject([{ scheduled: 1, left: 0 }]);
    await again.close();
  });

  it("D22 shuffled epochs go on with the next epoch, whatever was left of the one that was begun", async () => {
    const [ledger, folder] = [freshFolder(), freshFolder()];
    const options = { ledger, unit: "example", neighboring: "zero-out", delta: 1e-5 } as const;
    const engine = await PrivacyEngine.open(options);
    const sampling = { kind: "shuffled", expectedBatchSize: 20 } as const;
    const run = { ...bare, model: smallModel(), sampling, clip: flat, steps: 12, noiseMultiplier: 2 };
    const trainer = await engine.makePrivate(run);
    expect(trainer.plan.stepsPerEvent).toBe(4);
    for await (const step of trainer.steps({ count: 5 })) expect(step.index).toBeLessThanOrEqual(5);
    await trainer.save(folder);
    await engine.close();
    const { loss, data } = bare;
    const resumed = await PrivacyEngine.resume(folder, { ledger, optimizer: train.sgd(0.5), loss, data });
    expect(resumed.trainer.stepsTaken).toBe(8);
    const indices: number[] = [];
    for await (const step of resumed.trainer.steps()) indices.push(step.index);
    expect(indices).toEqual([9, 10, 11, 12]);
    expect(resumed.engine.ledger.spent("clouds").runs).toMatchObject([{ scheduled: 3, used: 3, left: 0 }]);
    await resumed.engine.close();
  });

  it("a batch that fails is tried again as it was: a group of the cycle never passes its turn", async () => {
    const engine = await openSeeded(4);
    const { x, y } = clouds(64);
    const asked: string[] = [];
    let calls = 0;
    const { rowsFromArrays } = await import("./rows.ts");
    const honest = rowsFromArrays(x, y);
    const source = {
      rows: 64,
      gather: (indices: Uint32Array) => {
        asked.push(String(indices));
        if (++calls === 3) throw new Error("disk");
        return honest.gather(indices);
      },
    };
    const trainer = await engine.makePrivate({
      ...bare,
      model: smallModel(),
      ...banded,
      data: { id: "clouds", source },
      noiseMultiplier: 2,
    });
    await expect(trainer.fit()).rejects.toThrow("disk");
    expect(trainer.stepsTaken).toBe(2);
    expect(await trainer.fit()).toEqual({ steps: 10, completed: true });
    expect(asked[3]).toBe(asked[2]);
    expect(asked.length).toBe(11);
    await engine.close();
  });

  it("an adaptive norm goes on from where the checkpoint left it", async () => {
    const [ledger, folder] = [freshFolder(), freshFolder()];
    const engine = await openSeeded(5, { ledger });
    const clip = choices.find(([name]) => name === "adaptive clipping")?.[2].clip;
    if (clip === undefined) throw new Error("no adaptive clip");
    const trainer = await engine.makePrivate({
      ...bare,
      model: smallModel(),
      sampling: poisson,
      clip,
      noiseMultiplier: 1.5,
    });
    for await (const step of trainer.steps({ count: 6 })) expect(step.index).toBeLessThan(7);
    const { clip: reached } = trainer;
    expect(reached).not.toEqual({ kind: "flat", l2ClipNorm: 0.1 });
    await trainer.save(folder);
    await engine.close();
    const { loss, data } = bare;
    const resumed = await PrivacyEngine.resume(folder, { ledger, optimizer: train.sgd(0.5), loss, data });
    expect(resumed.trainer.clip).toEqual(reached);
    expect((await resumed.trainer.fit()).completed).toBe(true);
    await resumed.engine.close();
  });
});

describe("laws of a data set of known size", () => {
  it("refuse a declared size that is not the size, before anything is written", async () => {
    const engine = await openSeeded(6, { neighboring: "zero-out" });
    const sampling = { kind: "without-replacement", expectedBatchSize: 16 } as const;
    for (const datasetSize of [63, 65]) {
      const run = { ...bare, model: smallModel(), sampling, clip: flat, datasetSize, noiseMultiplier: 1 };
      await expect(engine.makePrivate(run)).rejects.toThrow("datasetSize");
    }
    expect(engine.ledger.records.filter((r) => r.type === "schedule")).toEqual([]);
    await engine.close();
  });
});

it("P28 over 1,000 steps no tensor is left, with groups, views and an adaptive norm", async () => {
  const engine = await openSeeded(1000);
  const { memory, tidy } = await import("@tensorflow/tfjs-core");
  const unit: { augment: (x: Tensor[]) => Tensor[] } = { augment: (x) => tidy(() => x.map((t) => mul(t, 2))) };
  const trainer = await engine.makePrivate({
    ...bare,
    model: smallModel(),
    optimizer: train.adam(0.01),
    expectedBatchSize: 2,
    clip: { kind: "adaptive", quantile: 0.5, learningRate: 0.1, initial: 1, countNoiseMultiplier: 4 },
    augmentations: { views: 2, ...unit },
    steps: 1000,
    noiseMultiplier: 1,
  });
  let after10 = NaN;
  await trainer.fit({ onStep: ({ index }) => (index === 10 ? (after10 = memory().numTensors) : undefined) });
  expect(memory().numTensors).toBe(after10);
  trainer.dispose();
  trainer.dispose();
  await engine.close();
});
