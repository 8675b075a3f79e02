import { describe, expect, it } from "vitest";
import { type PlanTable, account, gaussian, poissonSampled, selfComposed } from "../accounting/index.ts";
import { runCli } from "./program.ts";
import { capture } from "./published-run.fixture.ts";

async function run(...args: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const output = capture();
  const code = await runCli(["plan", ...args], output);
  return { code, out: output.outLines, err: output.progressLines };
}

const budget = ["--n", "60000", "--epsilon", "3", "--delta", "1e-5"];
const few = ["--batches", "1024,4096", "--epochs", "20,40"];

describe("sordino plan", () => {
  it("prints one line per plan, marks the recommended one and says by which rule", async () => {
    const { code, out, err } = await run(...budget, ...few);
    expect([code, err]).toEqual([0, []]);
    expect(out).toHaveLength(7);
    expect(out[0]).toMatch(/batch +epochs +steps +noise multiplier/);
    expect(out.filter((line) => /^\* +\d/.test(line))).toHaveLength(1);
    expect(out.at(-1)).toMatch(/^\* recommended: of the plans with at least 500 steps/);
    expect(new Set(out.slice(0, 5).map((line) => line.length)).size).toBe(1);
  });

  it("prints noise that keeps the budget as it is printed", async () => {
    const { out } = await run(...budget, ...few);
    for (const line of out.slice(1, 5)) {
      const [batch = NaN, , steps = NaN, z = NaN] = line.replace("*", "").trim().split(/ +/).map(Number);
      const event = selfComposed(poissonSampled(batch / 60_000, gaussian(z)), steps);
      const { upper } = account(event, { neighboring: "add-or-remove-one" }).guarantee({ delta: 1e-5 }).epsilon;
      expect(upper).toBeLessThanOrEqual(3);
      expect(upper).toBeGreaterThan(2.97);
    }
  });

  it("prints the same as one JSON object", async () => {
    const { out } = await run(...budget, ...few, "--json", "--neighboring", "zero-out");
    const table = JSON.parse(out.join("")) as PlanTable;
    expect(
      table.rows
        .map((r) => [r.batch, r.epochs])
        .toSorted((a, b) => (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0)),
    ).toEqual([
      [1024, 20],
      [1024, 40],
      [4096, 20],
      [4096, 40],
    ]);
    expect(table.rows).toContainEqual(table.recommended);
    expect(table.rows.every((r) => r.epsilon <= 3)).toBe(true);
  });

  it("says when the rule picks nothing, and takes the least number of steps from the user", async () => {
    const whole = [...budget, "--batches", "60000", "--epochs", "5"];
    expect((await run(...whole)).out.at(-1)).toMatch(/^no plan is recommended/);
    expect((await run(...whole, "--least-steps", "5")).out.at(-1)).toMatch(/^\* recommended/);
  });

  it("refuses by name what is no plan, with exit code 1 and one line", async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [[...budget, "--batches", "256,x"], /--batches must be a decimal number/],
      [[...budget, "--batches", "70000"], /batches must be at most the 60000 records/],
      [[...budget, "--epochs", "0"], /epochs must be/],
      [["--n", "1.5", "--epsilon", "3", "--delta", "1e-5"], /datasetSize must be a whole number/],
      [["--n", "100", "--epsilon", "3", "--delta", "2"], /delta must be/],
      [["--n", "100", "--epsilon", "3"], /--delta/],
    ];
    for (const [args, message] of cases) {
      const { code, out, err } = await run(...args);
      expect([code, out], args.join(" ")).toEqual([1, []]);
      expect(err.join("\n")).toMatch(message);
    }
  });
});
