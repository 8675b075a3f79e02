import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gaussian, poissonSampled, selfComposed, toDpAccounting } from "../events/index.ts";
import { runCli } from "./program.ts";
import { capture, freshFolder } from "./published-run.fixture.ts";

interface EpsilonJson {
  readonly epsilon: { readonly lower: number; readonly upper: number; readonly point: number };
  readonly delta: number;
  readonly engine: string;
}

async function run(...args: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const output = capture();
  const code = await runCli(args, output);
  return { code, out: output.outLines, err: output.progressLines };
}

const jsonOf = (lines: readonly string[]): EpsilonJson => JSON.parse(lines[0] ?? "") as EpsilonJson;
const flags = (z: string, q: string, steps: string, delta: string): string[] =>
  ["--noise-multiplier", z, "--sampling-probability", q].concat("--steps", steps, "--delta", delta);

describe("sordino epsilon", () => {
  it("P05 P06 P07 brackets the published truths", async () => {
    // truths: dp-accounting PLD at two meshes, extrapolated
    const rows: readonly [string[], number][] = [
      [flags("1.3", String(250 / 15_000), "900", "1e-5"), 1.8915185],
      [flags("1.1", String(250 / 60_000), "480", "1e-5"), 0.4110186],
      [flags("1.1", String(256 / 60_000), "14062", "1e-7"), 2.984176],
    ];
    for (const [args, truth] of rows) {
      const { code, out } = await run("epsilon", ...args, "--json");
      const { lower, upper, point } = jsonOf(out).epsilon;
      expect(code).toBe(0);
      expect(lower).toBeLessThanOrEqual(truth + 1e-6);
      expect(upper).toBeGreaterThanOrEqual(truth - 1e-6);
      expect(Math.abs(point - truth)).toBeLessThan(0.02 * truth);
    }
  });

  it("P04 prices q = 1 as the plain Gaussian", async () => {
    const { out } = await run("epsilon", ...flags("4", "1", "10", "1e-5"), "--json");
    const { lower, upper } = jsonOf(out).epsilon;
    expect(lower).toBeLessThanOrEqual(3.34140946924);
    expect(upper).toBeGreaterThanOrEqual(3.34140946924);
    expect(upper - lower).toBeLessThan(1e-8);
  });

  it("P06 gives the same answer from the flags, our event file and dp_accounting's", async () => {
    const event = selfComposed(poissonSampled(0.01, gaussian(1)), 1000);
    const [ours, theirs] = [join(freshFolder(), "ours.json"), join(freshFolder(), "theirs.json")];
    writeFileSync(ours, JSON.stringify(event));
    writeFileSync(theirs, JSON.stringify(toDpAccounting(event)));
    const answers = await Promise.all([
      run("epsilon", ...flags("1", "0.01", "1000", "1e-5"), "--json"),
      run("epsilon", "--event", ours, "--delta", "1e-5", "--json"),
      run("epsilon", "--event", theirs, "--delta", "1e-5", "--json"),
    ]);
    const uppers = answers.map(({ out }) => jsonOf(out).epsilon.upper);
    expect(new Set(uppers).size).toBe(1);
  });

  it("P17 refuses every delta that is none: exit 1 and one line that names delta and its range", async () => {
    for (const delta of ["2", "1", "0", "-1e-5", "NaN", "1e-5x", ""]) {
      const { code, out, err } = await run("epsilon", ...flags("1", "0.01", "10", delta));
      expect(code, delta).toBe(1);
      expect(out).toEqual([]);
      expect(err).toHaveLength(1);
      expect(err[0]).toMatch(/delta must be .*(in \(0, 1\)|decimal number)/);
    }
  });

  it("P17 answers a batch line by line, with an error object for each line that it refuses", async () => {
    const path = join(freshFolder(), "batch.jsonl");
    const event = { kind: "gaussian", noiseMultiplier: 1 };
    const lines = [
      JSON.stringify({ event, delta: 1e-5, neighboring: "add-or-remove-one" }),
      JSON.stringify({ event, delta: 2, neighboring: "add-or-remove-one" }),
      "not json",
      JSON.stringify({ event: { kind: "no-such-mechanism" }, delta: 1e-5 }),
      JSON.stringify({ event, delta: 1e-5, neighboring: "siblings" }),
      JSON.stringify({ event, delta: 1e-5, neighboring: "replace-one" }),
    ];
    writeFileSync(path, `${lines.join("\n")}\n`);
    const { code, out } = await run("epsilon", "--batch", path);
    const results = out.map((line) => JSON.parse(line) as { epsilon?: { upper: number }; error?: { code: string } });
    expect(code).toBe(0);
    expect(results.map((r) => r.error?.code ?? "ok")).toEqual([
      "ok",
      ...Array<string>(4).fill("invalid_argument"),
      "ok",
    ]);
    // exact Gaussian values at 1e-5 (Balle and Wang 2018, by scipy): sigma 1 and, replacing one, half of it
    expect(results[0]?.epsilon?.upper).toBeCloseTo(4.3771781, 6);
    expect(results[5]?.epsilon?.upper).toBeCloseTo(9.997256146, 6);
  });

  it("prices zero steps at 0 and zero noise at Infinity, as JSON says it", async () => {
    expect(jsonOf((await run("epsilon", ...flags("1", "0.01", "0", "1e-5"), "--json")).out).epsilon.upper).toBe(0);
    expect(jsonOf((await run("epsilon", ...flags("0", "0.01", "10", "1e-5"), "--json")).out).epsilon.upper).toBe(
      "Infinity",
    );
  });

  it("refuses q above 1, fractional steps and unknown flags with one line and exit 1", async () => {
    for (const args of [
      flags("1", "1.5", "10", "1e-5"),
      flags("1", "0.1", "1.5", "1e-5"),
      flags("-1", "0.1", "1", "1e-5"),
      ["--no-such-flag"],
    ]) {
      const { code, err } = await run("epsilon", ...args);
      expect(code).toBe(1);
      expect(err).toHaveLength(1);
    }
  });
});

describe("sordino calibrate", () => {
  it("finds noise, steps and sampling probability whose certified epsilon is within the target and close to it", async () => {
    const common = ["--target-epsilon", "2", "--delta", "1e-5", "--json"];
    const found = await Promise.all([
      run("calibrate", ...common, "--find", "noise-multiplier", "--sampling-probability", "0.01", "--steps", "1000"),
      run("calibrate", ...common, "--find", "steps", "--sampling-probability", "0.01", "--noise-multiplier", "1.2"),
      run("calibrate", ...common, "--find", "sampling-probability", "--steps", "1000", "--noise-multiplier", "1.2"),
    ]);
    for (const { code, out } of found) {
      const { value, guarantee } = JSON.parse(out[0] ?? "") as { value: number; guarantee: EpsilonJson };
      expect(code).toBe(0);
      expect(value).toBeGreaterThan(0);
      expect(guarantee.epsilon.upper).toBeLessThanOrEqual(2);
      expect(guarantee.epsilon.upper).toBeGreaterThan(1.99);
    }
  });

  it("names what is missing or unknown", async () => {
    const common = ["--target-epsilon", "2", "--delta", "1e-5"];
    expect((await run("calibrate", ...common, "--find", "steps")).err[0]).toContain("--sampling-probability");
    expect((await run("calibrate", ...common, "--find", "happiness")).err[0]).toContain("--find");
    expect((await run("calibrate", "--target-epsilon", "-1", "--delta", "1e-5", "--find", "steps")).code).toBe(1);
  });
});

describe("the command line", () => {
  /** Each command that has none below it, as the help of its parent names it. */
  async function leaves(path: readonly string[]): Promise<string[][]> {
    const { out } = await run(...path, "--help");
    const below = [...(out.join("\n").split("Commands:\n")[1] ?? "").matchAll(/^ {2}([a-z-]+)/gm)]
      .map(([, name]) => name ?? "")
      .filter((name) => name !== "help");
    if (below.length === 0) return [[...path]];
    return (await Promise.all(below.map((name) => leaves([...path, name])))).flat();
  }

  it("shows help with examples and --json for every command, and its version", async () => {
    const commands = await leaves([]);
    expect(commands.length).toBeGreaterThan(12);
    for (const args of commands) {
      const { code, out } = await run(...args, "--help");
      expect(code).toBe(0);
      expect(out.join("\n"), args.join(" ")).toMatch(/--json[^]*Examples?:/);
    }
    expect((await run("--version")).out[0]).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it("says what is wrong with a command that does not exist", async () => {
    const { code, err } = await run("train");
    expect(code).toBe(1);
    expect(err[0]).toContain("train");
  });
});
