import { type Tensor, add, concat, memory } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { createGradientEngine } from "../gradients/index.ts";
import { seededRandom } from "../testing/index.ts";
import { PrivacyEngine } from "./privacy-engine.ts";
import { rowsFromArrays } from "./rows.ts";
import { clouds, codeOf, freshFolder, openSeeded, smallModel, smallRun, weightsOf } from "./training.fixture.ts";
import { type UnitOptions, unitsOf } from "./unit-source.ts";

/** Rows 0 to 11, x = [row, -row], y = row mod 2. */
const source = rowsFromArrays(
  { data: Float32Array.from({ length: 24 }, (_, i) => (i % 2 === 0 ? i / 2 : -(i - 1) / 2)), shape: [12, 2] },
  { data: Int32Array.from({ length: 12 }, (_, i) => i % 2), shape: [12] },
);

const ids = ["a", "b", "a", "c", "b", "a", "d", "c", "a", "b", "d", "e"];

const firstColumn = (t: Tensor): number[] => [...t.dataSync()].filter((_, i) => i % 2 === 0);

const units = (options: UnitOptions) => unitsOf(source, options, seededRandom(1));

describe("units of privacy", () => {
  it("are the users that rows belong to: their rows come together, in the order of the users drawn, with their labels", async () => {
    const users = units({ unitIds: ids });
    expect([users.units, users.isGrouped]).toEqual([5, true]);
    const batch = await users.gather(Uint32Array.of(0, 2, 4));
    expect([...(batch.groupSizes ?? [])]).toEqual([4, 2, 1]);
    expect(firstColumn(batch.x[0])).toEqual([0, 2, 5, 8, 3, 7, 11]);
    expect([...batch.y.dataSync()]).toEqual([0, 0, 1, 0, 1, 1, 1]);
  });

  it("give at most so many rows a step, a fresh choice each time, and never a row of another", async () => {
    const users = units({ unitIds: ids, rowsPerUnit: 2 });
    const seen = new Set<number>();
    for (let i = 0; i < 50; i++) {
      const batch = await users.gather(Uint32Array.of(0));
      const rows = firstColumn(batch.x[0]);
      expect(rows.length).toBe(2);
      expect(new Set(rows).size).toBe(2);
      for (const row of rows) seen.add(row);
    }
    // a row of four is missed 50 times with probability 2^-50
    expect([...seen].toSorted((a, b) => a - b)).toEqual([0, 2, 5, 8]);
  });

  it("have views: each row as often as asked, in its place, by itself", async () => {
    const shapes = new Set<string>();
    const augment = (x: Tensor[], view: number): Tensor[] => {
      for (const t of x) shapes.add(String(t.shape));
      return x.map((t) => add(t, 100 * view));
    };
    const users = units({ unitIds: ids, augmentations: { views: 2, augment } });
    const batch = await users.gather(Uint32Array.of(2, 4));
    expect([...shapes]).toEqual(["1,2"]);
    expect([...(batch.groupSizes ?? [])]).toEqual([4, 2]);
    expect(firstColumn(batch.x[0])).toEqual([3, 103, 7, 107, 11, 111]);
    expect([...batch.y.dataSync()]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it("leave no tensor but the batch's, also where nobody was drawn and where a view fails", async () => {
    const before = memory().numTensors;
    const views = { views: 3, augment: (x: Tensor[]) => x.map((t) => concat([t], 0)) };
    for (const options of [{}, { unitIds: ids }, { augmentations: views }, { unitIds: ids, augmentations: views }]) {
      for (const drawn of [[], [1], [0, 1, 3]]) {
        const batch = await units(options).gather(Uint32Array.from(drawn));
        expect(memory().numTensors).toBe(before + 2);
        const groups = batch.groupSizes?.reduce((a, b) => a + b, 0);
        expect(groups ?? drawn.length).toBe(batch.y.shape[0]);
        for (const t of [...batch.x, batch.y]) t.dispose();
      }
    }
    const bad = units({ augmentations: { views: 2, augment: (x) => x.map((t) => concat([t, t], 0)) } });
    expect(await codeOf(() => bad.gather(Uint32Array.of(1, 2)))).toBe("invalid_argument");
    expect(memory().numTensors).toBe(before);
  });

  it("refuse ids that are none, another number of ids, and options that do not belong, by name and never by user", () => {
    expect(() => units({ unitIds: ids.slice(1) })).toThrow("data.unitIds");
    expect(() => units({ unitIds: ids.map(() => NaN) })).toThrow("data.unitIds");
    expect(() => units({ unitIds: ids.map(() => null) as never })).toThrow("data.unitIds");
    expect(() => units({ unitIds: ids, rowsPerUnit: 0 })).toThrow("data.rowsPerUnit");
    expect(() => units({ rowsPerUnit: 2 })).toThrow("data.rowsPerUnit");
    expect(() => units({ augmentations: { views: 0, augment: (x) => x } })).toThrow("augmentations.views");
    expect(() => units({ augmentations: { views: 2, augment: "flip" as never } })).toThrow("augmentations.augment");
  });
});

describe("user-level training", () => {
  const { x, y } = clouds(64);
  const unitIds = Int32Array.from({ length: 64 }, (_, i) => Math.floor(i ** 2 / 256));
  const run = { ...smallRun(), data: { id: "clouds", x, y, unitIds }, datasetSize: 16, expectedBatchSize: 4 };

  it("T11 moves by at most one clip norm per user, however many rows the user has, which rows alone would not hold to", async () => {
    const model = smallModel();
    const users = unitsOf(rowsFromArrays(x, y), { unitIds }, seededRandom(2));
    const clip = { kind: "flat", l2ClipNorm: 0.01 } as const;
    const options = { model, loss: "sparseCategoricalCrossentropy", clip, random: seededRandom(3) } as const;
    const engine = await createGradientEngine({ ...options, grouped: true });
    for (let user = 0; user < users.units; user++) {
      const sum = await engine.clippedSum(await users.gather(Uint32Array.of(user)));
      const squares = Object.values(sum.sums).reduce((all, v) => all + v.reduce((s, m) => s + m * m, 0), 0);
      expect(Math.sqrt(squares) * 2 ** sum.gridExponent).toBeLessThanOrEqual(sum.sensitivity);
    }
    engine.dispose();
  });

  it("charges the scope by users, and trains", async () => {
    const engine = await openSeeded(9, { unit: "user" });
    const trainer = await engine.makePrivate({ ...run, noiseMultiplier: 1 });
    const before = weightsOf(trainer.model);
    expect((await trainer.fit()).completed).toBe(true);
    expect(weightsOf(trainer.model)).not.toEqual(before);
    expect(engine.ledger.spent("clouds").policy.unit).toBe("user");
    expect(trainer.explain().every((layer) => layer.engine === "wasm" && layer.method === "materialized")).toBe(true);
    await engine.close();
  });

  it("refuses users without ids and ids without users", async () => {
    const base = { ledger: freshFolder(), neighboring: "add-or-remove-one", delta: 1e-5 } as const;
    const users = await PrivacyEngine.open({ ...base, unit: "user" });
    await expect(users.makePrivate({ ...smallRun(), noiseMultiplier: 1 })).rejects.toThrow("data.unitIds");
    await users.close();
    const rows = await PrivacyEngine.open({ ...base, unit: "example" });
    await expect(rows.makePrivate({ ...run, noiseMultiplier: 1 })).rejects.toThrow("data.unitIds");
    await rows.close();
  });
});
