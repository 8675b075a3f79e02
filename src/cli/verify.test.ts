import { appendFileSync, cpSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openLedger } from "../ledger/index.ts";
import { runCli } from "./program.ts";
import { capture, freshFolder, publishSmallRun } from "./published-run.fixture.ts";

let published = "";

beforeAll(async () => {
  published = await publishSmallRun(3);
});

/** A copy that a test may damage. */
function copy(): string {
  const dir = join(freshFolder(), "copy");
  cpSync(published, dir, { recursive: true });
  return dir;
}

async function verify(dir: string): Promise<{ code: number; out: string }> {
  const output = capture();
  return { code: await runCli(["verify", dir], output), out: output.outLines.join("\n") };
}

function edit(path: string, change: (text: string) => string): void {
  const before = readFileSync(path, "utf8");
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
}

describe("sordino verify", () => {
  it("agrees with what was published: card, ledger and files", async () => {
    const { code, out } = await verify(published);
    expect(out).toContain("verdict  agrees");
    expect(code).toBe(0);
    for (const name of ["privacy-card.json", "privacy-card.md", "ledger.jsonl", "model/model.json"]) {
      expect(existsSync(join(published, name))).toBe(true);
    }
  });

  it("P20 finds an edited epsilon in the card, exits 2 and names the field", async () => {
    const dir = copy();
    edit(join(dir, "privacy-card.json"), (text) => {
      const card = JSON.parse(text) as { guarantee: { epsilon: number } };
      card.guarantee.epsilon /= 2;
      return JSON.stringify(card);
    });
    const { code, out } = await verify(dir);
    expect(code).toBe(2);
    expect(out).toContain("PROBLEM  guarantee.epsilon");
  });

  it("finds an edited ledger, a cut ledger and an exchanged model", async () => {
    const [edited, cut, exchanged] = [copy(), copy(), copy()];
    edit(join(edited, "ledger.jsonl"), (text) => text.replace('"noiseMultiplier":1.1', '"noiseMultiplier":2.1'));
    edit(join(cut, "ledger.jsonl"), (text) => `${text.trimEnd().split("\n").slice(0, -3).join("\n")}\n`);
    edit(join(exchanged, "model/model.json"), (text) => `${text} `);
    for (const dir of [edited, cut, exchanged]) expect((await verify(dir)).code).toBe(2);
    expect((await verify(exchanged)).out).toContain("model/model.json");
  });

  it("says incomplete, exit 3, when the card is missing or the ledger has gone on", async () => {
    const [bare, longer] = [copy(), copy()];
    rmSync(join(bare, "privacy-card.json"));
    expect((await verify(bare)).code).toBe(3);
    const ledger = await openLedger({ dir: longer });
    await ledger.openScope({
      scope: "another",
      unit: "example",
      neighboring: "add-or-remove-one",
      delta: 1e-6,
      epsilonMax: 1,
      filterOrder: 8,
    });
    await ledger.close();
    expect((await verify(longer)).code).toBe(3);
  });

  it("does not follow a link out of the card's folder", async () => {
    const [linked, elsewhere] = [copy(), copy()];
    rmSync(join(linked, "model"), { recursive: true });
    symlinkSync(join(elsewhere, "model"), join(linked, "model"));
    const { code, out } = await verify(linked);
    expect(code).toBe(2);
    expect(out).toContain("lies outside the card's folder");
  });

  it("finds a torn last line and a folder without a ledger", async () => {
    const torn = copy();
    appendFileSync(join(torn, "ledger.jsonl"), '{"v":"ledger/v1"');
    expect((await verify(torn)).code).toBe(2);
    expect((await verify(freshFolder())).code).toBe(1);
  });

  it("P19 gives two models of different size the same epsilon, digit for digit, and says what it depends on", async () => {
    const other = await publishSmallRun(11);
    const cards = [published, other].map(
      (dir) =>
        JSON.parse(readFileSync(join(dir, "privacy-card.json"), "utf8")) as Record<string, Record<string, unknown>>,
    );
    const [a, b] = cards;
    expect(a?.["guarantee"]).toEqual(b?.["guarantee"]);
    expect(a?.["accounting"]).toEqual(b?.["accounting"]);
    expect(a?.["accounting"]?.["dependsOn"]).toBeDefined();
  });
});

describe("sordino ledger show and card render", () => {
  it("show the run, as text and as JSON", async () => {
    const [text, json, card] = [capture(), capture(), capture()];
    expect(await runCli(["ledger", "show", published], text)).toBe(0);
    expect(text.outLines.join("\n")).toContain("5 of 5 steps used");
    expect(await runCli(["ledger", "show", published, "--json"], json)).toBe(0);
    expect(JSON.parse(json.outLines[0] ?? "")).toHaveProperty("head");
    expect(await runCli(["card", "render", published, "--format", "markdown"], card)).toBe(0);
    expect(card.outLines.join("\n")).toContain("Privacy guarantee");
  });

  it("refuse an unknown format and a folder without a card", async () => {
    expect(await runCli(["card", "render", published, "--format", "pdf"], capture())).toBe(1);
    expect(await runCli(["card", "render", freshFolder()], capture())).toBe(1);
  });
});
