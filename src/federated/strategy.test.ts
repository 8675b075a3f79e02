import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isPrivacyError } from "../core/index.ts";
import { foldRound } from "./fold.ts";
import { outgoingTensors } from "./manifest.ts";
import { ModelFile } from "./model-file.ts";
import type { Parameters } from "./parameters.ts";
import {
  type Strategy,
  coordinateMedian,
  fedAdagrad,
  fedAdam,
  fedAvg,
  fedAvgM,
  fedProx,
  fedYogi,
  geometricMedian,
  krum,
  multiKrum,
  qFedAvg,
  trimmedMean,
} from "./strategy.ts";

interface Vectors {
  readonly origin: string;
  readonly model: number[];
  readonly weights: number[];
  readonly losses: number[];
  readonly drift: number[][][];
  readonly cases: Readonly<Record<string, number[][]>>;
}

const vectors = JSON.parse(readFileSync(new URL("strategy-vectors.fixture.json", import.meta.url), "utf8")) as Vectors;

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sordino-strategy-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

/** Two tensors, so that every rule crosses a border. */
function model(x: readonly number[]): Parameters {
  return [
    { name: "a", dtype: "float64", shape: [4], data: Float64Array.from(x.slice(0, 4)) },
    { name: "b", dtype: "float64", shape: [x.length - 4], data: Float64Array.from(x.slice(4)) },
  ];
}

async function valuesOf(file: ModelFile): Promise<number[]> {
  return (await file.parameters()).flatMap((p) => Array.from(p.data, Number));
}

/** Plays the vectors' rounds: every site sends the model plus its drift. */
async function play(strategy: Strategy, weights: readonly number[]): Promise<number[][]> {
  let current = await ModelFile.write(join(dir, "model-0"), outgoingTensors(model(vectors.model)));
  let moments: string | null = null;
  const out: number[][] = [];
  for (const [round, drift] of vectors.drift.entries()) {
    const x = await valuesOf(current);
    const updates = drift.map(async (d, k) => {
      const path = join(dir, `update-${k}`);
      await ModelFile.write(path, outgoingTensors(model(x.map((v, i) => v + d[i]))));
      return { site: `site-${k}`, path, weight: weights[k], loss: vectors.losses[k] };
    });
    const momentsAfter: string = join(dir, `moments-${round + 1}`);
    const path = join(dir, `model-${round + 1}`);
    const files = { path, momentsBefore: moments, momentsAfter, isDurable: false };
    const { rule } = strategy;
    // reversed: the order of arrival is no one's business
    current = await foldRound({ rule, model: current, updates: (await Promise.all(updates)).toReversed(), ...files });
    moments = momentsAfter;
    out.push(await valuesOf(current));
  }
  return out;
}

const equal = vectors.weights.map(() => 1);
const adaptive = { serverLearningRate: 0.1, tau: 1e-3 };
const cases: [string, Strategy, readonly number[], number][] = [
  ["fed-avg", fedAvg(), vectors.weights, 1e-14],
  ["fed-avg", fedProx({ proximalMu: 0.3 }), vectors.weights, 1e-14],
  ["fed-avg-m", fedAvgM({ serverLearningRate: 0.7, momentum: 0.9 }), vectors.weights, 1e-13],
  ["fed-adagrad", fedAdagrad(adaptive), vectors.weights, 1e-12],
  ["fed-yogi", fedYogi(adaptive), vectors.weights, 1e-12],
  ["fed-adam", fedAdam(adaptive), vectors.weights, 1e-12],
  ["q-fed-avg", qFedAvg({ q: 0.5, lipschitz: 4 }), equal, 1e-12],
  ["q-fed-avg-0", qFedAvg({ q: 0, lipschitz: 4 }), equal, 1e-12],
  ["median", coordinateMedian(), vectors.weights, 1e-15],
  ["trimmed-mean", trimmedMean({ trimmedFraction: 0.3 }), vectors.weights, 1e-14],
  ["krum", krum({ byzantineSites: 2 }), vectors.weights, 1e-14],
  ["multi-krum", multiKrum({ byzantineSites: 2, keptSites: 4 }), vectors.weights, 1e-14],
  // the reference minimises the smoothed objective itself, to about 1e-8
  ["geometric-median", geometricMedian({ iterations: 2000 }), vectors.weights, 2e-6],
];

describe("the strategies", () => {
  it.each(cases)(
    "%s gives what NumPy and SciPy give, over three rounds",
    async (name, strategy, weights, tolerance) => {
      const got = await play(strategy, weights);
      for (const [round, want] of (vectors.cases[name] ?? []).entries()) {
        for (const [i, w] of want.entries()) expect(Math.abs(got[round][i] - w)).toBeLessThanOrEqual(tolerance);
      }
      expect(got).toHaveLength(3);
    },
  );

  it("are refused with constants out of range, naming the option", () => {
    const wrong: [() => Strategy, string][] = [
      [() => fedProx({ proximalMu: -1 }), "fedProx.proximalMu"],
      [() => fedAvgM({ momentum: 1 }), "fedAvgM.momentum"],
      [() => fedAdam({ serverLearningRate: 0 }), "fedAdam.serverLearningRate"],
      [() => fedYogi({ serverLearningRate: 1, beta2: NaN }), "fedYogi.beta2"],
      [() => fedAdagrad({ serverLearningRate: 1, tau: 0 }), "fedAdagrad.tau"],
      [() => qFedAvg({ q: -1, lipschitz: 1 }), "qFedAvg.q"],
      [() => qFedAvg({ q: 1, lipschitz: Infinity }), "qFedAvg.lipschitz"],
      [() => trimmedMean({ trimmedFraction: 0.5 }), "trimmedMean.trimmedFraction"],
      [() => krum({ byzantineSites: 1.5 }), "krum.byzantineSites"],
      [() => multiKrum({ byzantineSites: 1, keptSites: 0 }), "multiKrum.keptSites"],
      [() => geometricMedian({ smoothing: 0 }), "geometricMedian.smoothing"],
      [() => fedAvg({ weights: { a: -1 } }), "fed-avg.weights.a"],
    ];
    for (const [make, argument] of wrong) {
      let error: unknown;
      try {
        make();
      } catch (e) {
        error = e;
      }
      expect(isPrivacyError(error) && error.details).toMatchObject({ argument });
    }
  });
});
