import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outgoingTensors } from "./manifest.ts";
import { ParkedIntakes } from "./parked-intakes.ts";
import { UpdateIntake } from "./update-intake.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sordino-parked-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const { manifest, bytes } = outgoingTensors(
  [1, 2].map((value) => {
    const data = new Uint8Array(400_000).fill(value);
    return { name: `w${value}`, dtype: "uint8", shape: [data.length], data };
  }),
);

/** The first of two tensors has come; nothing of it was given to the system yet. */
async function half(name: string): Promise<UpdateIntake> {
  const plan = { agreed: manifest, maxBytes: 1e9, path: join(dir, name), owner: null };
  const intake = await UpdateIntake.begin(plan, manifest);
  if (!(intake instanceof UpdateIntake)) throw new Error(intake);
  expect(await intake.take(0, 0, bytes[0])).toBeUndefined();
  return intake;
}

describe("a half-received update of a site whose line broke", () => {
  it("has the bytes that were sent, also when its site is back before what came first is on the disk", async () => {
    for (let i = 0; i < 20; i++) {
      const parked = new ParkedIntakes();
      const intake = await half(`back-${i}.bin`);
      const putting = parked.put("a", 1, intake, true);
      const back = await parked.take("a", 1);
      expect(back).toBe(intake);
      expect(await back?.take(1, 0, bytes[1])).toBeUndefined();
      await putting;
      expect(await back?.finish(false)).toBeUndefined();
      expect(readFileSync(intake.path).equals(Buffer.concat(bytes))).toBe(true);
    }
  });

  it("takes the place of an earlier one of its site, whose file goes", async () => {
    const parked = new ParkedIntakes();
    const [earlier, later] = [await half("earlier.bin"), await half("later.bin")];
    await parked.put("a", 1, earlier, true);
    const putting = parked.put("a", 1, later, true);
    // the run ends meanwhile
    await parked.drop();
    await putting;
    expect(readdirSync(dir).filter((name) => /earlier|later/.test(name))).toEqual([]);
    expect(await parked.take("a", 1)).toBeNull();
  });
});
