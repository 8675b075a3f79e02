import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outgoingTensors } from "./manifest.ts";
import { ModelFile } from "./model-file.ts";
import { UpdateIntake } from "./update-intake.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sordino-buffers-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const bytes = 600_000;
const update = (value: number): ReturnType<typeof outgoingTensors> =>
  outgoingTensors([{ name: "w", dtype: "uint8", shape: [bytes], data: new Uint8Array(bytes).fill(value) }]);

async function intakeOf(value: number): Promise<UpdateIntake> {
  const { manifest } = update(value);
  const plan = { agreed: manifest, owner: null, maxBytes: 1e7, path: join(dir, `${value}.bin`) };
  const intake = await UpdateIntake.begin(plan, manifest);
  if (!(intake instanceof UpdateIntake)) throw new Error(intake);
  return intake;
}

describe("buffers that are used again", () => {
  it("hold one update each while several come in at once and others were spoiled or are whole", async () => {
    for (let turn = 0; turn < 3; turn++) {
      const spoiled = await intakeOf(99);
      await spoiled.take(0, 0, update(98).bytes[0]);
      await spoiled.discard();
      // nothing is taken by what is closed: its buffer is another's
      expect(await spoiled.take(0, 0, update(99).bytes[0])).toBe("size");
      const values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
      const intakes = await Promise.all(values.map(intakeOf));
      await Promise.all(intakes.map((intake, i) => intake.take(0, 0, update(values[i]).bytes[0])));
      expect(await Promise.all(intakes.map((intake) => intake.finish(false)))).toEqual(values.map(() => undefined));
      for (const [i, { path }] of intakes.entries()) {
        const written = readFileSync(path);
        expect([written.length, written.every((b) => b === values[i])]).toEqual([bytes, true]);
      }
    }
  });
});

describe("a small model on its way to several sites", () => {
  it("is read once, and is the file's bytes for each", async () => {
    const model = await ModelFile.write(join(dir, "model.bin"), update(42));
    const read = async (): Promise<Uint8Array[]> => {
      const all: Uint8Array[] = [];
      for await (const { data } of model.chunks({ tensor: 0, index: 0 })) all.push(data);
      return all;
    };
    const [first, second] = await Promise.all([read(), read()]);
    expect(Buffer.concat(first).equals(Buffer.alloc(bytes, 42))).toBe(true);
    expect(Buffer.concat(second).equals(Buffer.alloc(bytes, 42))).toBe(true);
    await model.remove();
    expect((await read())[0]).toBe((await read())[0]);
  });
});
