import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

interface Sizes {
  readonly bytes: number;
  readonly gzipped: number;
}
interface BuildModule {
  readonly accountantSize: () => Promise<Sizes & { readonly usesNode: boolean }>;
  readonly accountingSize: () => Promise<Sizes & { readonly usesNode: boolean }>;
  readonly buildPage: (folder: string) => Promise<Sizes>;
}

// a variable, so that TypeScript does not look for types of a script
const script = "./build.js";
const build = (await import(script)) as BuildModule;

describe("the accountant in a browser", () => {
  // the bounds leave little over what was last measured (bench/RESULTS.md): what grows past them should be a decision
  it.each([
    ["its calculator, every engine included", "accountantSize", 35_000],
    ["all of it, filters, odometers and live lines included", "accountingSize", 44_500],
  ] as const)("%s: one file without anything of Node, below its bound in bytes gzipped", async (_, part, bound) => {
    const { gzipped, usesNode } = await build[part]();
    expect(gzipped).toBeLessThan(bound);
    // and is not an empty bundle
    expect(gzipped).toBeGreaterThan(bound / 2);
    expect(usesNode).toBe(false);
  });

  it("comes with a page that names no other origin", async () => {
    const folder = mkdtempSync(join(tmpdir(), "epsilon-calculator-"));
    await build.buildPage(folder);
    const text = `${readFileSync(join(folder, "index.html"), "utf8")}${readFileSync(join(folder, "calculator.js"), "utf8")}`;
    expect(existsSync(join(folder, "calculator.js"))).toBe(true);
    // the SVG namespace is a name, not a request
    const origins = [...text.matchAll(/https?:\/\/[^\s"'`)]+/g)].map(([url]) => url);
    expect(origins.filter((url) => !url.startsWith("http://www.w3.org/2000/svg"))).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});
