import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  type DpEvent,
  type DpEventKind,
  type Neighboring,
  account,
  bandedMatrix,
  composed,
  discreteGaussian,
  discreteGaussianSum,
  discreteLaplace,
  epsilonDelta,
  exponentialMechanism,
  gaussian,
  laplace,
  mixtureOfGaussians,
  noOp,
  nonPrivate,
  poissonSampled,
  randomizedResponse,
  repeatAndSelect,
  sampledWithReplacement,
  sampledWithoutReplacement,
  selfComposed,
  shuffled,
  singleEpochTreeAggregation,
  truncatedSubsampledGaussian,
  unsupported,
  zcdp,
} from "../src/accounting/index.ts";
import { isPrivacyError } from "../src/core/index.ts";

/** One event of each kind; a kind without one does not compile. */
const examples: Readonly<Record<DpEventKind, DpEvent>> = {
  "no-op": noOp(),
  "non-private": nonPrivate(),
  unsupported: unsupported(),
  gaussian: gaussian(2),
  laplace: laplace(2),
  "discrete-gaussian": discreteGaussian(4, 1),
  "discrete-laplace": discreteLaplace(0.5, 1),
  zcdp: zcdp(0.1),
  "epsilon-delta": epsilonDelta(0.5, 1e-8),
  "randomized-response": randomizedResponse(0.5, 3),
  "exponential-mechanism": exponentialMechanism(0.5),
  "poisson-sampled": poissonSampled(0.1, gaussian(2)),
  "sampled-with-replacement": sampledWithReplacement(100, 2, gaussian(4)),
  "sampled-without-replacement": sampledWithoutReplacement(100, 10, gaussian(4)),
  "truncated-subsampled-gaussian": truncatedSubsampledGaussian({
    datasetSize: 100,
    samplingProbability: 0.1,
    truncatedBatchSize: 15,
    noiseMultiplier: 4,
  }),
  "mixture-of-gaussians": mixtureOfGaussians(2, [0, 1, 2], [0.5, 0.25, 0.25]),
  "single-epoch-tree-aggregation": singleEpochTreeAggregation(4, [8]),
  "repeat-and-select": repeatAndSelect(gaussian(4), 4, 1),
  "self-composed": selfComposed(poissonSampled(0.1, gaussian(2)), 10),
  composed: composed(gaussian(4), laplace(4)),
  shuffled: shuffled(10, gaussian(4)),
  "banded-matrix": bandedMatrix({ bands: 2, steps: 10, samplingProbability: 0.1, noiseMultiplier: 2 }),
  "discrete-gaussian-sum": discreteGaussianSum({
    summands: 10,
    stddev: 4,
    l1Sensitivity: 4,
    l2Sensitivity: 4,
    dimension: 3,
  }),
};
const relations: readonly Neighboring[] = ["add-or-remove-one", "replace-one", "zero-out"];

/** What the accountant has for an event: the kind of its analysis, or its refusal. */
function analysis(event: DpEvent, neighboring: Neighboring, groupSize: number): string {
  try {
    const { engines, epsilon, caveats } = account(event, { neighboring, groupSize }).guarantee({ delta: 1e-3 });
    const names = engines.map((e) => e.name);
    expect(epsilon.upper).toBeGreaterThanOrEqual(epsilon.lower);
    if (names.includes("nothing-released")) return "0";
    if (names.includes("unprotected")) return "∞";
    if (names.includes("gaussian") || names.includes("sampled-step")) return "exact";
    if (!names.includes("grid") && !names.includes("contour")) return "Rényi";
    return caveats.some((c) => c.includes("no lower bound is claimed")) ? "upper" : "bracket";
  } catch (error) {
    if (!isPrivacyError(error) || error.code !== "unsupported_event") throw error;
    // refused before anything is composed, by kind, path and reason
    expect(error.details.path).toMatch(/^event/);
    expect(error.details.reason.length).toBeGreaterThan(10);
    expect(error.message).toContain(error.details.kind);
    return "refused";
  }
}

function table(): string {
  const head = [
    "event",
    ...relations,
    "2 records, replaced",
    "2 records, zeroed",
    "sampled, add-or-remove-one",
    "sampled, replaced",
  ];
  const rows = Object.entries(examples).map(([kind, event]) => [
    `\`${kind}\``,
    ...relations.map((neighboring) => analysis(event, neighboring, 1)),
    analysis(event, "replace-one", 2),
    analysis(event, "zero-out", 2),
    analysis(poissonSampled(0.2, event), "add-or-remove-one", 1),
    analysis(poissonSampled(0.2, event), "replace-one", 1),
  ]);
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => (row[i] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((w) => "-".repeat(w))), ...rows.map(line)].join("\n");
}

describe("every event under every relation", () => {
  it("has the analysis or the refusal that the README's table says", () => {
    const readme = readFileSync(new URL("./README.md", import.meta.url), "utf8");
    // when an analysis is added, the table below is what belongs there
    expect(readme).toContain(table());
  });

  it("A23: one relation a composition: what is in it can not be priced under another", () => {
    const event = composed(randomizedResponse(0.5, 2), gaussian(1));
    expect(analysis(event, "replace-one", 1)).toBe("bracket");
    // records that answer can not come or go, whatever stands beside them
    expect(analysis(event, "add-or-remove-one", 1)).toBe("refused");
    expect(analysis(event, "zero-out", 1)).toBe("refused");
  });
});

describe("the tables of tests by number", () => {
  it("name files of which each has a test of that number, for A1 to A30 and the accounting reports", () => {
    const readme = readFileSync(new URL("./README.md", import.meta.url), "utf8");
    const rows = [...readme.matchAll(/^\| ([AP]\d+) +\|[^|]*\|([^|]*)\|/gm)];
    const numbers = rows.map((row) => row[1]);
    const wanted = [
      ...Array.from({ length: 30 }, (_, i) => `A${i + 1}`),
      "P04",
      "P05",
      "P06",
      "P07",
      "P17",
      "P18",
      "P19",
      "P20",
      "P21",
    ];
    expect(numbers).toEqual(wanted);
    for (const [, number = "", files = ""] of rows) {
      for (const [, file = ""] of files.matchAll(/`([^`]+\.ts)`/g)) {
        const url = new URL(file.startsWith("src/") ? `../${file}` : file, import.meta.url);
        expect(readFileSync(url, "utf8"), `${number} in ${file}`).toMatch(new RegExp(`\\b${number}\\b`));
      }
    }
  });
});
