import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { foldRound } from "./fold.ts";
import { outgoingTensors } from "./manifest.ts";
import { ModelFile } from "./model-file.ts";
import type { Parameters } from "./parameters.ts";
import { removeSpool } from "./spool-disk.ts";
import { dropHeld, dropHeldIn, heldIn, heldSpool, holdSpool } from "./spool-memory.ts";
import { fedAvg, krum, trimmedMean } from "./strategy.ts";
import { UpdateIntake } from "./update-intake.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sordino-held-"));
});
afterEach(() => dropHeldIn(dir));
afterAll(() => rmSync(dir, { recursive: true }));

const million = 2 ** 20;

/** Tensors of every kind of size, so that floats of 8 bytes begin at odd places. */
function mixed(u: { readonly v: readonly number[]; readonly n: number }): Parameters {
  return [
    { name: "flags", dtype: "bool", shape: [3], data: Uint8Array.of(1, u.n % 2, 0) },
    { name: "w", dtype: "float64", shape: [u.v.length], data: Float64Array.from(u.v) },
    { name: "empty", dtype: "float32", shape: [0], data: new Float32Array(0) },
    { name: "x", dtype: "float32", shape: [u.v.length], data: Float32Array.from(u.v) },
    { name: "steps", dtype: "int64", shape: [], data: BigInt64Array.of(BigInt(u.n)) },
  ];
}

async function take(name: string, parameters: Parameters, isHeld: boolean): Promise<UpdateIntake> {
  const { manifest, bytes } = outgoingTensors(parameters);
  const plan = { agreed: manifest, owner: null, maxBytes: 1e9, path: join(dir, name), isHeld };
  const intake = await UpdateIntake.begin(plan, manifest);
  if (!(intake instanceof UpdateIntake)) throw new Error(intake);
  for (const [tensor, data] of bytes.entries()) {
    for (let at = 0, index = 0; at < data.length; at += million, index++) {
      expect(await intake.take(tensor, index, data.subarray(at, at + million))).toBeUndefined();
    }
  }
  return intake;
}

describe("a spool in memory", () => {
  it("takes no file larger than 16 MiB, and no more than 128 MiB in all, whatever comes and goes", () => {
    const sizes = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 * million }), fc.boolean()), { maxLength: 60 });
    fc.assert(
      fc.property(sizes, (wanted) => {
        const names: string[] = [];
        for (const [i, [size, isDropped]] of wanted.entries()) {
          const path = join(dir, String(i));
          const bytes = holdSpool(path, size);
          expect(bytes === null || bytes.length === size).toBe(true);
          if (size > 16 * million || size === 0) expect(bytes).toBeNull();
          if (bytes !== null) names.push(path);
          if (isDropped) dropHeld(names.shift() ?? "", i % 2 === 0);
          const total = heldIn(dir).reduce((sum, held) => sum + (heldSpool(held)?.length ?? 0), 0);
          expect(total).toBeLessThanOrEqual(128 * million);
        }
        dropHeldIn(dir);
        // what was taken is free again
        const again = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => holdSpool(join(dir, `again-${i}`), 16 * million));
        expect(again.every((bytes) => bytes !== null)).toBe(true);
        expect(holdSpool(join(dir, "one-more"), 1)).toBeNull();
        dropHeldIn(dir);
      }),
      { numRuns: 50, seed: 1 },
    );
  });

  it("gives memory a second time only when nobody reads it any more", () => {
    const first = holdSpool(join(dir, "first"), 1000);
    holdSpool(join(dir, "other"), 1000);
    dropHeld(join(dir, "first"), false);
    expect(holdSpool(join(dir, "second"), 1000)).not.toBe(first);
    const second = heldSpool(join(dir, "second"));
    dropHeld(join(dir, "second"), true);
    expect(holdSpool(join(dir, "third"), 1000)).toBe(second);
  });

  it("keeps nothing of a site's update when a run is over", async () => {
    const intake = await take("secret", mixed({ v: [7, 7, 7], n: 7 }), true);
    expect(await intake.finish(false)).toBeUndefined();
    await removeSpool(intake.path);
    const { length } = Buffer.concat(outgoingTensors(mixed({ v: [7, 7, 7], n: 7 })).bytes);
    expect(holdSpool(join(dir, "next"), length)?.every((b) => b === 0)).toBe(true);
  });

  it("holds the bytes that a file would, and folds to the bytes that files would", async () => {
    const value = fc.double({ min: -1e3, max: 1e3, noNaN: true });
    const update = fc.record({ v: fc.array(value, { minLength: 5, maxLength: 5 }), n: fc.nat({ max: 99 }) });
    const updates = fc.array(update, { minLength: 5, maxLength: 7 });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        updates,
        fc.constantFrom(fedAvg(), trimmedMean({ trimmedFraction: 0.2 }), krum({ byzantineSites: 1 })),
        async (all, { rule }) => {
          round += 1;
          const digests: string[] = [];
          for (const isHeld of [false, true]) {
            const name = `${round}-${isHeld}`;
            const model = await ModelFile.write(
              join(dir, `${name}-model`),
              outgoingTensors(mixed({ v: [0, 0, 0, 0, 0], n: 0 })),
              isHeld,
            );
            const intakes = await Promise.all(all.map((u, i) => take(`${name}-${i}`, mixed(u), isHeld)));
            for (const intake of intakes) expect(await intake.finish(false)).toBeUndefined();
            for (const [i, { path }] of intakes.entries()) {
              expect(existsSync(path)).toBe(!isHeld);
              const bytes = heldSpool(path) ?? readFileSync(path);
              expect(Buffer.from(bytes).equals(Buffer.concat(outgoingTensors(mixed(all[i])).bytes))).toBe(true);
            }
            const files = intakes.map(({ path }, i) => ({ site: `s${i}`, weight: 1 + i, path }));
            const paths = { path: join(dir, `${name}-next`), momentsBefore: null, momentsAfter: join(dir, "moments") };
            const next = await foldRound({ rule, model, updates: files, ...paths, isDurable: false, isHeld });
            expect(existsSync(next.path)).toBe(!isHeld);
            digests.push(next.digest);
            await Promise.all([...files.map(({ path }) => removeSpool(path)), model.remove(), next.remove()]);
          }
          expect(digests[1]).toBe(digests[0]);
          expect(heldIn(dir)).toEqual([]);
        },
      ),
      { numRuns: 40, seed: 1 },
    );
  });

  it("takes nothing more once it was given up", async () => {
    const intake = await take("given-up", mixed({ v: [1, 2, 3], n: 4 }), true);
    await intake.discard();
    expect(heldIn(dir)).toEqual([]);
    expect(await intake.take(0, 0, Uint8Array.of(1))).toBe("size");
    expect(existsSync(intake.path)).toBe(false);
  });

  it("goes on sending a model that a later one has replaced", async () => {
    const tensors = outgoingTensors([
      { name: "w", dtype: "uint8", shape: [3 * million], data: new Uint8Array(3 * million).fill(5) },
    ]);
    const model = await ModelFile.write(join(dir, "replaced"), tensors, true);
    const sent: number[] = [];
    for await (const { data } of model.chunks({ tensor: 0, index: 0 })) {
      if (sent.length === 0) {
        await model.remove();
        holdSpool(join(dir, "replacing"), 3 * million)?.fill(6);
      }
      sent.push(data.every((b) => b === 5) ? data.length : 0);
    }
    expect(sent).toEqual([million, million, million]);
  });
});
