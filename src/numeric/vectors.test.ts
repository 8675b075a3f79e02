import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as numeric from "./index.ts";

/** Rows [...arguments, value] from 60-digit arithmetic; origin in tools/vectors-numeric.py. */
const vectors = JSON.parse(readFileSync(new URL("numeric.vectors.json", import.meta.url), "utf8")) as Record<
  string,
  readonly (readonly number[])[]
>;

type Function = (...args: number[]) => number;

/** The largest error over the rows, in units of `allowed(...arguments, value)`, with the row that has it. */
function worst(name: string, f: Function, allowed: (value: number, ...args: number[]) => number): [number, string] {
  const rows = vectors[name] ?? [];
  expect(rows.length, name).toBeGreaterThan(10);
  let found: [number, string] = [0, ""];
  for (const row of rows) {
    const args = row.slice(0, -1);
    const value = row.at(-1) ?? Number.NaN;
    const error = Math.abs(f(...args) - value) / allowed(value, ...args);
    if (!(error <= found[0])) found = [error, `${name}(${args.join(", ")}) = ${f(...args)}, not ${value}`];
  }
  return found;
}

const relative =
  (tolerance: number) =>
  (value: number): number =>
    tolerance * Math.abs(value);
const mixed =
  (relative: number, absolute: number) =>
  (value: number): number =>
    relative * Math.abs(value) + absolute;

describe("the engine's elementary functions, on which every bound of this room rests", () => {
  it.each(["exp", "log", "log1p", "expm1"] as const)("%s is within 2 ulp of the truth", (name) => {
    const [error, row] = worst(name, Math[name], relative(2 ** -51));
    expect(error, row).toBeLessThanOrEqual(1);
  });
});

describe("special functions against 60-digit values", () => {
  const claims: readonly [string, Function, (value: number, ...args: number[]) => number][] = [
    ["erfc", numeric.erfc, relative(2e-15)],
    ["erfcx", numeric.erfcx, (value, x = 0) => 1e-15 * value * (x < 0 ? 2 + x * x : 1)],
    ["normalCdf", numeric.normalCdf, relative(3e-15)],
    ["logNormalCdf", numeric.logNormalCdf, relative(3e-15)],
    ["normalQuantile", numeric.normalQuantile, relative(1e-14)],
    ["logNormalQuantile", numeric.logNormalQuantile, mixed(1e-14, 1e-15)],
    ["logGamma", numeric.logGamma, relative(2e-15)],
    ["logBeta", numeric.logBeta, mixed(1e-14, 4e-15)],
    ["logBinomial", numeric.logBinomial, relative(1e-14)],
    ["regularizedIncompleteBeta", numeric.regularizedIncompleteBeta, relative(1e-13)],
    [
      "inverseRegularizedIncompleteBeta",
      numeric.inverseRegularizedIncompleteBeta,
      (value) => 1e-13 * Math.min(value, 1 - value) + 2 ** -54,
    ],
    ["log1mexp", numeric.log1mexp, relative(2 ** -51)],
    ["logExpm1", numeric.logExpm1, (value) => 2 ** -51 * Math.max(1, Math.abs(value))],
  ];
  it.each(claims)("%s keeps the error bound of its docstring", (name, f, allowed) => {
    const [error, row] = worst(name, f, allowed);
    expect(error, row).toBeLessThanOrEqual(1);
  });

  it("places Gauss–Legendre nodes and weights", () => {
    for (const [n = 0, i = 0, node = 0, weight = 0] of vectors["gaussLegendre"] ?? []) {
      const rule = numeric.gaussLegendre(n);
      expect(Math.abs((rule.nodes[i] ?? NaN) - node)).toBeLessThan(3e-16);
      expect(Math.abs((rule.weights[i] ?? NaN) / weight - 1)).toBeLessThan(1e-13);
    }
  });
});
