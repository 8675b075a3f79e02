import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const root = new URL("../../", import.meta.url);

const numbers = (letter: string, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, k) => `${letter}${from + k}`);

describe("the table of tests by number", () => {
  it("names files of which each has a test of that number, for D1 to D25, T1 to T33 and the reports P26 to P28", () => {
    const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
    const rows = [...readme.matchAll(/^\| ([DTP]\d+) +\|[^|]*\|([^|]*)\|/gm)];
    expect(rows.map((row) => row[1])).toEqual([
      ...numbers("D", 1, 25),
      ...numbers("T", 1, 33),
      ...numbers("P", 26, 28),
    ]);
    for (const [, number, where] of rows) {
      const files = [...where.matchAll(/`([^`]+)`/g)].map((match) => match[1]);
      expect(files.length, number).toBeGreaterThan(0);
      for (const file of files) {
        const text = readFileSync(new URL(file, root), "utf8");
        // in the name of a test: at the start of a string or after other numbers; two are a matter of a document
        const named = new RegExp(file.endsWith(".md") ? `\\b${number}\\b` : `["\`](?:and |[DTP]\\d+ )*${number}\\b`);
        expect(text, `${number} in ${file}`).toMatch(named);
      }
    }
  });
});
