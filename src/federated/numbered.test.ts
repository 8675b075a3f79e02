import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
const [byNumber = "", byAttack = ""] = readme.split("## Attackers");
const textOf = (file: string): string => readFileSync(new URL(file, root), "utf8");

describe("the tables of tests", () => {
  it("by number name files of which each has a test of that number, for every report but the one that waits for an adapter", () => {
    const rows = [...byNumber.matchAll(/^\| (P\d+) +\|[^|]*\|([^|]*)\|/gm)];
    expect(rows.map((row) => row[1])).toEqual(["P29", "P31", "P32", "P34", "P35", "P37", "P39", "P40"]);
    for (const [, number = "", where = ""] of rows) {
      const files = [...where.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
      expect(files.length, number).toBeGreaterThan(0);
      for (const file of files) expect(textOf(file), `${number} in ${file}`).toMatch(new RegExp(`["\`]C-${number}: `));
    }
  });

  it("of attackers name a test that is there, once, for each", () => {
    const rows = [...byAttack.matchAll(/^\| ([^|]+?) +\| `([^`]+)` +\| `([^`]+)` +\|$/gm)];
    // a line that the pattern above does not read would not be checked
    expect(rows).toHaveLength(byAttack.split("\n").filter((line) => line.includes(".test.ts`")).length);
    const attacks = rows.map((row) => row[1]);
    expect(new Set(attacks).size).toBe(attacks.length);
    for (const [, attack, file = "", name = ""] of rows) {
      const named = ['"', "`"].map((quote) => textOf(file).split(quote + name + quote).length - 1);
      expect(
        named.reduce((sum, n) => sum + n, 0),
        `${attack}: ${name}`,
      ).toBe(1);
    }
  });

  it("of attackers leave none of the kinds out that a federation is held to", () => {
    const kinds = [
      /expired/,
      /another authority/,
      /revoked/,
      /another site's name/,
      /replayed/,
      /reordered/,
      /truncated/,
      /oversized/,
      /duplicated/,
      /lying count/,
      /NaN/,
      /huge/,
      /gzip/,
      /length bomb/,
      /2\^53/,
      /__proto__/,
      /slow-loris/,
      /lowers noise/,
      /both shares/,
      /forges lineage/,
      /never answers/,
      /secure round: bounded/,
    ];
    for (const kind of kinds)
      expect(
        byAttack.split("\n").some((line) => kind.test(line)),
        String(kind),
      ).toBe(true);
  });
});
