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
  readonly buildPage: (folder: string) => Promise<Sizes>;
}

// a variable, so that TypeScript does not look for types of a script
const script = "./build.js";
const build = (await import(script)) as BuildModule;

describe("the accountant in a browser", () => {
  it("is below 36 kB gzipped, every engine included, in one file, without anything of Node", async () => {
    const { gzipped, usesNode } = await build.accountantSize();
    expect(gzipped).toBeLessThan(36_000);
    // and is not an empty bundle
    expect(gzipped).toBeGreaterThan(5_000);
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
