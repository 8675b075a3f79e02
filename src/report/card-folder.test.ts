import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildPrivacyCard } from "./build-card.ts";
import { dpSgdEvent, fixtureInput } from "./card.fixture.ts";
import { type CardFolder, writeCardFolder } from "./card-folder.ts";
import { parsePrivacyCard } from "./card-json.ts";
import { cardFiles } from "./card-markdown.ts";
import { readXml } from "./xml.fixture.ts";

const card = buildPrivacyCard(fixtureInput({ event: dpSgdEvent(50) }));
const whole: CardFolder = {
  card,
  epsilonByStep: { steps: [1, 50], epsilon: [0.5, 0.6], target: 1 },
  roc: {
    curve: [{ fpr: 0.5, tpr: 0.5 }],
    band: [],
    cap: () => 1,
    labels: { attack: "loss-threshold", claim: "ε = 0.6", band: "" },
  },
};

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sordino-card-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true });
});

describe("writeCardFolder", () => {
  it("writes the card, its Markdown and two pictures, and leaves nothing else behind", async () => {
    const folder = join(dir, "new", "card");
    const paths = await writeCardFolder(folder, whole);
    expect((await readdir(folder)).toSorted()).toEqual(Object.values(cardFiles).toSorted());
    expect(paths.at(-1)).toBe(join(folder, cardFiles.json));
    expect(parsePrivacyCard(await readFile(join(folder, cardFiles.json), "utf8"))).toEqual(card);
    const markdown = await readFile(join(folder, cardFiles.markdown), "utf8");
    for (const picture of [cardFiles.epsilonByStep, cardFiles.roc]) {
      expect(markdown).toContain(`](${picture})`);
      expect(readXml(await readFile(join(folder, picture), "utf8")).root).toBe("svg");
    }
  });

  it("links to no picture that is not there", async () => {
    await writeCardFolder(dir, { card, epsilonByStep: null, roc: null });
    expect((await readdir(dir)).toSorted()).toEqual([cardFiles.json, cardFiles.markdown].toSorted());
    expect(await readFile(join(dir, cardFiles.markdown), "utf8")).not.toContain(".svg");
  });

  it("writes the same run's card again", async () => {
    await writeCardFolder(dir, whole);
    const again = buildPrivacyCard(
      fixtureInput({ event: dpSgdEvent(50) }, { generatedAt: "2026-03-02T12:00:00.000Z" }),
    );
    await writeCardFolder(dir, { ...whole, card: again });
    expect(parsePrivacyCard(await readFile(join(dir, cardFiles.json), "utf8")).generatedAt).toBe(again.generatedAt);
  });

  it("refuses the folder of another run, and a file that is no card, and touches nothing", async () => {
    await writeCardFolder(dir, whole);
    const before = await readFile(join(dir, cardFiles.json), "utf8");
    const { ledger } = fixtureInput();
    const other = buildPrivacyCard(fixtureInput({ event: dpSgdEvent(50) }, { ledger: { ...ledger, runId: "run-2" } }));
    await expect(writeCardFolder(dir, { ...whole, card: other })).rejects.toMatchObject({ code: "output_occupied" });
    expect(await readFile(join(dir, cardFiles.json), "utf8")).toBe(before);
    await writeFile(join(dir, cardFiles.json), "{}");
    await expect(writeCardFolder(dir, whole)).rejects.toMatchObject({ code: "output_occupied" });
    expect(await readFile(join(dir, cardFiles.json), "utf8")).toBe("{}");
  });

  it("draws no epsilon above the card's, and none at all where the card claims none", async () => {
    await writeCardFolder(dir, { ...whole, epsilonByStep: { steps: [1, 50], epsilon: [0.01, 99], target: null } });
    const shown = readXml(await readFile(join(dir, cardFiles.epsilonByStep), "utf8")).text;
    expect(shown).toContain(String(card.summary.headline.epsilon));
    expect(shown).not.toContain("99");
    const none = buildPrivacyCard(fixtureInput({ event: dpSgdEvent(50, 0) }));
    const folder = join(dir, "none");
    await writeCardFolder(folder, { ...whole, card: none, roc: { ...whole.roc, cap: () => 0.5 } as CardFolder["roc"] });
    expect(await readFile(join(folder, cardFiles.epsilonByStep), "utf8")).toContain("protects nothing");
    expect(await readFile(join(folder, cardFiles.roc), "utf8")).toContain("no protection");
  });

  it("refuses a curve that is longer than the run", async () => {
    const epsilonByStep = { steps: [1, 51], epsilon: [0.5, 0.6], target: null };
    await expect(writeCardFolder(dir, { ...whole, epsilonByStep })).rejects.toMatchObject({ code: "invalid_argument" });
    expect(await readdir(dir)).toEqual([]);
  });

  it("says which path it could not write", async () => {
    await writeFile(join(dir, "file"), "");
    await expect(writeCardFolder(join(dir, "file", "card"), whole)).rejects.toMatchObject({ code: "file_unreadable" });
  });
});
