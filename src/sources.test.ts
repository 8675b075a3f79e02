import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const src = dirname(fileURLToPath(import.meta.url));
const listed = readFileSync(join(src, "../docs/sources.md"), "utf8");

const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((f) => f.endsWith(".ts") && !f.endsWith(".d.ts") && !f.includes("/gen/"))
  .filter((f) => !f.endsWith(".test.ts") && !f.endsWith(".fixture.ts"))
  .toSorted();

/** The text of every source tag, up to the next tag or the end of its comment. */
function citationsOf(file: string): readonly string[] {
  const text = readFileSync(join(src, file), "utf8");
  const found = text.matchAll(/@source ([\s\S]*?)(?=\n\s*\* @|\*\/)/g);
  return [...found].map((match) => (match[1] ?? "").replaceAll(/\s*\n\s*\*\s*/g, " ").trim());
}

const citations = files.flatMap((file) => citationsOf(file).map((text) => ({ file, text })));

describe("the sources", () => {
  it("are cited by a good part of the code", () => {
    expect(citations.length).toBeGreaterThan(60);
  });

  it("list every paper that a docstring cites by its arXiv number or DOI, wherever the comment stands", () => {
    const missing = files.flatMap((file) => {
      const text = readFileSync(join(src, file), "utf8");
      const cited = [...text.matchAll(/arXiv:(\d{4}\.\d{4,5})|doi:(10\.\d{4,}\/[\w.()/;-]*\w)/g)];
      return cited
        .map((match) => match[1] ?? match[2] ?? "")
        .filter((id) => !listed.includes(id))
        .map((id) => `${file}: ${id}`);
    });
    expect(missing).toEqual([]);
  });

  it("list the author and year of every source that has no such number", () => {
    const missing = citations
      .filter(({ text }) => !/arXiv:|doi:/.test(text))
      .flatMap(({ file, text }) =>
        [...text.matchAll(/(\p{Lu}[\p{L}-]+)[^.;:()]*?\s((?:1[89]|20)\d{2})\b/gu)]
          .filter(
            ([, author = "", year = ""]) => !listed.split("\n").some((l) => l.includes(author) && l.includes(year)),
          )
          .map(([whole]) => `${file}: ${whole}`),
      );
    expect(missing).toEqual([]);
  });

  it("exist where they are pages of our own", () => {
    const pages = citations.flatMap(({ text }) => [...text.matchAll(/docs\/[a-z-]+\.md/g)].map(([page]) => page));
    const there = new Set(readdirSync(join(src, "../docs")).map((page) => `docs/${page}`));
    expect(pages.filter((page) => !there.has(page))).toEqual([]);
  });
});
