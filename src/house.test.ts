import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const src = dirname(fileURLToPath(import.meta.url));

/** Lower floors know nothing of higher ones. A room that is not listed here does not exist. */
const floors: Record<string, number> = {
  core: 0,
  numeric: 1,
  kernels: 1,
  testing: 1,
  events: 2,
  noise: 2,
  accounting: 3,
  gradients: 3,
  attacks: 3,
  ledger: 4,
  dpsgd: 5,
  federated: 6,
  audit: 6,
  report: 7,
  cli: 8,
  "index.ts": 8,
};

/** Who may speak to which outside package. */
const outside: Record<string, (file: string) => boolean> = {
  "@tensorflow/": (file) => /^(gradients|dpsgd|federated|audit|cli)\//.test(file),
  "@grpc/": (file) => /^federated\/(grpc|flower)\//.test(file),
  protobufjs: (file) => /^federated\/(grpc|flower)\//.test(file),
  zod: (file) => /^(cli|ledger|report|federated|events)\//.test(file),
  commander: (file) => file.startsWith("cli/"),
  "d3-": (file) => file.startsWith("report/"),
  "node:crypto": (file) => /^(core|testing|noise|ledger|federated|report|cli)\//.test(file),
  "node:fs": (file) => /^(kernels|ledger|dpsgd|federated|report|cli)\//.test(file),
  "node:": (file) => !/^(numeric|events|accounting|attacks)\//.test(file),
};

interface Import {
  readonly from: string;
  readonly target: string;
}

const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((f) => f.endsWith(".ts") && !f.endsWith(".d.ts") && !f.includes("/gen/") && !f.startsWith("kernels/assembly"))
  .toSorted();
const sources = files.filter((f) => !f.endsWith(".test.ts") && !f.endsWith(".fixture.ts"));

function importsOf(file: string): Import[] {
  const text = readFileSync(join(src, file), "utf8");
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s(?:[^;"'()=]*?\sfrom\s)?\s*["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)/g,
  );
  return [...found].map((m) => ({ from: file, target: m[1] ?? m[2] ?? "" }));
}

/** The path below src that a relative import names. */
function local(i: Import): string {
  return relative(src, resolve(src, dirname(i.from), i.target));
}

const roomOf = (file: string): string => file.split("/")[0] ?? file;
const imports = sources.flatMap(importsOf);
const locals = imports.filter((i) => i.target.startsWith("."));

describe("the house", () => {
  it("has a floor for every room", () => {
    expect(sources.map(roomOf).filter((room) => floors[room] === undefined)).toEqual([]);
  });

  it("never imports upward or sideways, types included", () => {
    const wrong = locals.filter((i) => {
      const [a, b] = [roomOf(i.from), roomOf(local(i))];
      if (a === b || a === "index.ts") return false;
      return (floors[b] ?? Infinity) >= (floors[a] ?? -1);
    });
    expect(wrong).toEqual([]);
  });

  it("enters another room by its door: index.ts, or core/random-source.ts, which node alone can load", () => {
    const wrong = locals.filter((i) => {
      const target = local(i);
      if (roomOf(i.from) === roomOf(target)) return false;
      return !/^[a-z]+\/index\.ts$/.test(target) && target !== "core/random-source.ts";
    });
    expect(wrong).toEqual([]);
  });

  it("has no import cycle between files", () => {
    const graph = new Map(sources.map((f) => [f, locals.filter((i) => i.from === f).map(local)]));
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
      else if (!done.has(file)) {
        for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
        done.add(file);
      }
    };
    for (const file of sources) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it("speaks to outside packages only in the rooms that are for it", () => {
    const wrong = imports.filter((i) => {
      const key = Object.keys(outside).find((prefix) => i.target.startsWith(prefix));
      const allowed = key === undefined ? undefined : outside[key];
      return allowed !== undefined && !allowed(i.from);
    });
    expect(wrong).toEqual([]);
  });

  it("imports no accounting in audit: a lower bound that shares code with the upper bound it checks is no evidence", () => {
    expect(locals.filter((i) => roomOf(i.from) === "audit" && roomOf(local(i)) === "accounting")).toEqual([]);
  });

  it("draws nothing from Math.random or tensor generators", () => {
    const wrong = sources.filter((f) =>
      /Math\.random\(|randomNormal\(|randomUniform\(|truncatedNormal\(/.test(readFileSync(join(src, f), "utf8")),
    );
    expect(wrong).toEqual([]);
  });

  it("keeps every file to 400 lines", () => {
    const long = files.filter((f) => readFileSync(join(src, f), "utf8").split("\n").length > 401);
    expect(long).toEqual([]);
  });
});
