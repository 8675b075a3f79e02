import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OutgoingTensors, chunkBytes, manifestBytes, outgoingTensors } from "./manifest.ts";
import type { ChunkPlace } from "./messages.ts";
import type { Chunk } from "./messages.ts";
import { ModelFile } from "./model-file.ts";
import { seededRandom } from "../testing/index.ts";
import { UpdateIntake } from "./update-intake.ts";
import { notedUploads, notesPath } from "./upload-notes.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sordino-half-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const owner = { site: "a", round: 3 };

/** Bytes that no other place has: a chunk that is put elsewhere shows. */
function madeUp(sizes: readonly number[]): OutgoingTensors {
  const random = seededRandom(sizes.join(" "));
  return outgoingTensors(
    sizes.map((size, i) => {
      const data = new Uint8Array(size);
      random.fill(data);
      return { name: `t${i}`, dtype: "uint8", shape: [size], data };
    }),
  );
}

async function begun(path: string, { manifest }: OutgoingTensors): Promise<UpdateIntake> {
  const intake = await UpdateIntake.begin({ agreed: manifest, maxBytes: 1e9, path, owner }, manifest);
  if (!(intake instanceof UpdateIntake)) throw new Error(intake);
  return intake;
}

/** What a site would send from a place on. */
async function chunksFrom(source: ModelFile, from: ChunkPlace): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for await (const chunk of source.chunks(from)) chunks.push(chunk);
  return chunks;
}

type Damage = "none" | "cut" | "cut notes" | "byte" | "note" | "junk" | "no notes" | "no spool" | "other notes";
const damages: readonly Damage[] = [
  "none",
  "none",
  "none",
  "cut",
  "cut notes",
  "byte",
  "note",
  "junk",
  "no notes",
  "no spool",
  "other notes",
];

interface Scene {
  readonly sizes: number[];
  /** Shares: of its chunks that came, and of a file where it is hurt. */
  readonly received: number;
  readonly where: number;
  readonly damage: Damage;
  /** Whether all that came was written before the crash. */
  readonly isWritten: boolean;
}

/** What a power cut, or somebody, makes of the two files. `share` says where. */
function hurt(path: string, damage: Damage, share: number): void {
  const notes = notesPath(path);
  const at = (file: string): number => Math.floor(share * statSync(file).size);
  const flip = (file: string): void => {
    const bytes = readFileSync(file);
    if (bytes.length === 0) return;
    bytes[at(file)] ^= 1;
    writeFileSync(file, bytes);
  };
  switch (damage) {
    case "none":
      return;
    case "cut":
      return truncateSync(path, at(path));
    case "cut notes":
      return truncateSync(notes, at(notes));
    case "byte":
      return flip(path);
    case "note":
      return flip(notes);
    case "junk":
      return writeFileSync(path, Buffer.alloc(3 * chunkBytes, 7), { flag: "a" });
    case "no notes":
      return rmSync(notes);
    case "no spool":
      return rmSync(path);
    case "other notes":
      return writeFileSync(notes, '{"version":"federated-upload/v1"}\n');
  }
}

describe("an update that was half received when the coordinator was killed", () => {
  const size = fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: chunkBytes - 2, max: 4 * chunkBytes }));
  // a double of fast-check is nearly always next to 0
  const share = fc.integer({ min: 0, max: 999 }).map((thousandths) => thousandths / 1000);
  const scene = {
    sizes: fc.array(size, { minLength: 1, maxLength: 4 }).filter((sizes) => sizes.reduce((a, b) => a + b) > chunkBytes),
    received: share,
    isWritten: fc.boolean(),
    damage: fc.constantFrom(...damages),
    where: share,
  };

  it("goes on at a chunk up to which every byte is true, whatever became of its files, and is whole in the end", async () => {
    let [resumed, saved] = [0, 0];
    const check = async ({ sizes, received, damage, where, isWritten }: Scene): Promise<void> => {
      const folder = mkdtempSync(join(dir, "run-"));
      const path = join(folder, "update-1.bin");
      const update = madeUp(sizes);
      const source = await ModelFile.write(join(dir, "source"), update);
      const all = await chunksFrom(source, { tensor: 0, index: 0 });
      const first = await begun(path, update);
      for (const { tensor, index, data } of all.slice(0, Math.floor(received * all.length))) {
        expect(await first.take(tensor, index, data)).toBeUndefined();
      }
      // the descriptors go with a process, and so does what was not written yet
      if (isWritten) await first.rest();
      await first.leave();
      hurt(path, damage, where);

      const [noted] = await notedUploads(folder);
      const intake = noted === undefined ? null : await UpdateIntake.resume(noted);
      if (noted !== undefined) expect(noted).toMatchObject(owner);
      const second = intake ?? (await begun(path, update));
      const rest = await chunksFrom(source, second.next);
      resumed += intake === null ? 0 : 1;
      saved += all.length - rest.length;
      for (const { tensor, index, data } of rest) expect(await second.take(tensor, index, data)).toBeUndefined();
      expect(await second.finish(true)).toBeUndefined();
      await second.removeNotes();
      expect(readFileSync(path).equals(Buffer.concat(update.bytes))).toBe(true);
      expect(readdirSync(folder)).toEqual(["update-1.bin"]);
      rmSync(folder, { recursive: true });
    };
    await fc.assert(fc.asyncProperty(fc.record(scene), check), { numRuns: 50, seed: 7 });
    // it is no proof if nothing was ever kept
    expect(resumed).toBeGreaterThan(20);
    expect(saved).toBeGreaterThan(20);
  });

  it("whole, but for its end, needs no byte again", async () => {
    const folder = mkdtempSync(join(dir, "whole-"));
    const update = madeUp([2 * chunkBytes + 5, 0, 9]);
    const source = await ModelFile.write(join(dir, "source"), update);
    const first = await begun(join(folder, "update-1.bin"), update);
    for (const { tensor, index, data } of await chunksFrom(source, { tensor: 0, index: 0 })) {
      await first.take(tensor, index, data);
    }
    await first.rest();
    await first.leave();
    const [noted] = await notedUploads(folder);
    if (noted === undefined) throw new Error("nothing was noted");
    const second = await UpdateIntake.resume(noted);
    expect(second?.next).toEqual({ tensor: 3, index: 0 });
    expect(await second?.finish(true)).toBeUndefined();
    await second?.removeNotes();
  });

  it("of one chunk leaves no notes: it is sent again", async () => {
    const folder = mkdtempSync(join(dir, "small-"));
    const update = madeUp([chunkBytes]);
    expect(manifestBytes(update.manifest)).toBe(chunkBytes);
    const intake = await begun(join(folder, "update-1.bin"), update);
    expect(readdirSync(folder)).toEqual(["update-1.bin"]);
    await intake.leave();
    expect(readdirSync(folder)).toEqual([]);
  });
});
