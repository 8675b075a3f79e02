import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openLedger } from "../ledger/index.ts";
import { refuseOccupied } from "./demo-folder.ts";
import { freshFolder } from "./published-run.fixture.ts";

const occupied = { code: "output_occupied" };

it("takes a folder that is not there, is empty, or holds a ledger in which nothing was scheduled", async () => {
  const folder = freshFolder();
  await refuseOccupied(join(folder, "absent"));
  await refuseOccupied(folder);
  await (await openLedger({ dir: folder })).close();
  await refuseOccupied(folder);
});

it("refuses a file, a folder with anything else in it, a scope that was opened, and a ledger that is in use", async () => {
  const folder = freshFolder();
  writeFileSync(join(folder, "file"), "");
  await expect(refuseOccupied(join(folder, "file"))).rejects.toMatchObject(occupied);
  await expect(refuseOccupied(folder)).rejects.toMatchObject(occupied);
  const used = join(folder, "used");
  mkdirSync(used);
  const ledger = await openLedger({ dir: used });
  await expect(refuseOccupied(used)).rejects.toMatchObject(occupied);
  await ledger.openScope({
    scope: "mnist",
    unit: "example",
    neighboring: "add-or-remove-one",
    delta: 1e-5,
    epsilonMax: 1,
    filterOrder: 8,
  });
  await ledger.close();
  await expect(refuseOccupied(used)).rejects.toMatchObject(occupied);
});
