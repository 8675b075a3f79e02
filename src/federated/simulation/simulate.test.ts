import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../testing/index.ts";
import { planDpFedAvg } from "../dp-fed-avg.ts";
import { type SpooledUpdate, foldRound } from "../fold.ts";
import { outgoingTensors } from "../manifest.ts";
import { ModelFile } from "../model-file.ts";
import type { Parameters } from "../parameters.ts";
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
} from "../strategy.ts";
import { drawCohort } from "./cohort.ts";
import { simulate } from "./simulate.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sordino-simulation-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const strategies: Strategy[] = [
  fedAvg(),
  fedProx({ proximalMu: 0.1 }),
  fedAvgM(),
  fedAdam({ serverLearningRate: 0.1 }),
  fedYogi({ serverLearningRate: 0.1 }),
  fedAdagrad({ serverLearningRate: 0.1 }),
  qFedAvg({ q: 2, lipschitz: 10 }),
  coordinateMedian(),
  trimmedMean({ trimmedFraction: 0.2 }),
  krum({ byzantineSites: 1 }),
  multiKrum({ byzantineSites: 1, keptSites: 2 }),
  geometricMedian(),
];

/** A model of three kinds of tensors, moved by client and element as nothing simple would. */
const model = (move: number): Parameters => [
  { name: "w", dtype: "float32", shape: [2, 3], data: Float32Array.from({ length: 6 }, (_, i) => Math.sin(i + move)) },
  { name: "b", dtype: "float64", shape: [2], data: Float64Array.of(move / 3, 1 - move) },
  { name: "n", dtype: "int32", shape: [1], data: Int32Array.of(Math.round(7 * move)) },
];
const updateOf = (index: number): Parameters => model(1 + index * 0.37);
const loss = (index: number): number => 0.5 + index;

async function spooled(strategy: Strategy): Promise<Buffer> {
  const before = await ModelFile.write(join(dir, "before"), outgoingTensors(model(0)));
  const updates = Array.from({ length: 5 }, (_, index): SpooledUpdate => {
    const path = join(dir, `update-${index}`);
    writeFileSync(path, Buffer.concat(outgoingTensors(updateOf(index)).bytes));
    return { site: `site-${index}`, path, weight: index + 1, loss: loss(index) };
  });
  const files = { path: join(dir, "after"), momentsBefore: null, momentsAfter: join(dir, "moments") };
  await foldRound({ rule: strategy.rule, model: before, updates, ...files, isDurable: false });
  return await readFile(files.path);
}

describe("a simulation", () => {
  it.each(strategies)("releases the bytes that a coordinator folds from files: $rule.kind", async (strategy) => {
    const { parameters } = await simulate({
      clients: 5,
      client: (index) => ({ fit: () => updateOf(index), evaluate: () => ({ loss: loss(index) }) }),
      weight: (index) => index + 1,
      initialParameters: model(0),
      rounds: 1,
      strategy,
    });
    expect(Buffer.concat(outgoingTensors(parameters).bytes)).toEqual(await spooled(strategy));
  });

  it("keeps the optimizer's moments from round to round and gives clients the round and the pull of FedProx", async () => {
    const seen: unknown[] = [];
    const run = async (strategy: Strategy): Promise<number> => {
      const fit = (parameters: Parameters, config: object): Parameters => {
        seen.push(config);
        return [{ name: "x", dtype: "float64", shape: [1], data: Float64Array.of(Number(parameters[0].data[0]) + 1) }];
      };
      const initialParameters: Parameters = [{ name: "x", dtype: "float64", shape: [1], data: Float64Array.of(0) }];
      const result = await simulate({ clients: 2, client: () => ({ fit }), initialParameters, rounds: 3, strategy });
      return Number(result.parameters[0].data[0]);
    };
    // m: 1, 1.5, 1.75
    expect(await run(fedAvgM({ momentum: 0.5 }))).toBeCloseTo(4.25, 12);
    expect(await run(fedProx({ proximalMu: 0.25 }))).toBe(3);
    expect(seen.at(-1)).toEqual({ round: 3, proximalMu: 0.25 });
  });

  it("leaves out clients that throw, lie about shapes, or send NaN, says how many, and keeps the model without any", async () => {
    const bad: Record<number, () => Parameters> = {
      0: () => {
        throw new Error("no disk");
      },
      1: () => model(1).slice(1),
      2: () => [{ ...model(1)[0], shape: [3, 2] }, ...model(1).slice(1)],
      3: () => [{ ...model(1)[0], data: new Float32Array(6).fill(NaN) }, ...model(1).slice(1)],
    };
    const run = (clients: number): ReturnType<typeof simulate> =>
      simulate({
        clients,
        client: (index) => ({ fit: bad[index] ?? (() => model(1)) }),
        initialParameters: model(0),
        rounds: 1,
      });
    const { rounds, parameters } = await run(5);
    expect(rounds[0]).toMatchObject({ asked: 5, usable: 1 });
    expect(rounds[0].failed).toEqual({ "client-error": 1, count: 1, shape: 1, "non-finite": 1 });
    expect(parameters[1].data).toEqual(model(1)[1].data);
    expect((await run(4)).parameters[1].data).toEqual(model(0)[1].data);
  });

  it("hands no client another's memory", async () => {
    const fit = (parameters: Parameters): Parameters => {
      const values = parameters[1].data as Float64Array;
      values[0] += 1;
      return parameters;
    };
    const { parameters } = await simulate({
      clients: 3,
      client: () => ({ fit }),
      initialParameters: model(0),
      rounds: 2,
    });
    expect(Number(parameters[1].data[0])).toBeCloseTo(2, 12);
  });

  it("gives the same bytes from threads as from this one", async () => {
    const file = join(dir, "clients.mjs");
    writeFileSync(
      file,
      `export const createClient = (index) => ({
        fit: ([w]) => [{ ...w, data: w.data.map((v, i) => v + Math.sin(index + i)) }],
      });`,
    );
    const initialParameters: Parameters = [{ name: "w", dtype: "float32", shape: [4], data: new Float32Array(4) }];
    const common = { clients: 20, initialParameters, rounds: 2, cohortSize: 12 };
    const { createClient } = (await import(pathToFileURL(file).href)) as { createClient: (i: number) => never };
    const here = await simulate({ ...common, client: createClient, random: seededRandom(53) });
    const client = { module: pathToFileURL(file), threads: 2 };
    const threaded = await simulate({ ...common, client, random: seededRandom(53) });
    expect(threaded.parameters).toEqual(here.parameters);
    expect(threaded.rounds).toEqual(here.rounds);
  });

  it("ends with an error, not with a hang, when the module of the clients is none or a client ends its thread", async () => {
    const file = join(dir, "broken.mjs");
    const common = { clients: 3, initialParameters: model(0), rounds: 1 };
    const client = { module: pathToFileURL(file), threads: 2 };
    writeFileSync(file, "export const other = 1;");
    await expect(simulate({ ...common, client })).rejects.toThrow(expect.objectContaining({ code: "invalid_state" }));
    writeFileSync(file, "export const createClient = () => ({ fit: () => process.exit(1) });");
    await expect(simulate({ ...common, client })).rejects.toThrow(expect.objectContaining({ code: "invalid_state" }));
  });

  it("takes nothing for an answer that clients' code posts itself, and no update of another size from a thread", async () => {
    const file = join(dir, "posting.mjs");
    writeFileSync(
      file,
      `import { parentPort } from "node:worker_threads";
      export const createClient = (index) => ({
        fit: (parameters) => {
          parentPort.postMessage("stray");
          parentPort.postMessage({ bytes: [new Uint8Array(3)], loss: 0 });
          if (index === 1) parentPort.postMessage({ number: 1, content: { bytes: [new Uint8Array(3)], loss: 0 } });
          return parameters.map((p) => ({ ...p, data: p.data.map((v) => v + index) }));
        },
      });`,
    );
    const client = { module: pathToFileURL(file), threads: 1 };
    const { rounds, parameters } = await simulate({ clients: 3, initialParameters: model(0), rounds: 1, client });
    // client 1 forged its own answer; 0 and 2 count, each for itself
    expect(rounds[0]).toMatchObject({ usable: 2, failed: { "client-error": 1 } });
    expect(parameters[0].data[0]).toBe(Number(model(0)[0].data[0]) + 1);
  });

  it("prices the models where noise is drawn for the client as unit, and does not where the noise is seeded", async () => {
    const privacy = planDpFedAvg({
      rounds: 3,
      sites: 50,
      samplingProbability: 0.5,
      l2ClipNorm: 1,
      noiseMultiplier: 2,
      delta: 1e-5,
    });
    const common = {
      clients: 50,
      client: () => ({ fit: () => model(1) }),
      initialParameters: model(0),
      rounds: 3,
      privacy,
    };
    const { guarantee, parameters } = await simulate(common);
    expect(guarantee?.epsilon.upper).toBe(privacy.guarantee().epsilon.upper);
    // integers are released as they were: their median would be exact
    expect(parameters[2].data).toEqual(model(0)[2].data);
    expect((await simulate({ ...common, random: seededRandom(54) })).guarantee).toBeNull();
  });

  it("draws every cohort of a size equally often and none with a client twice", () => {
    const random = seededRandom(55);
    expect(new Set(drawCohort(10_000, 9999, random)).size).toBe(9999);
    expect(drawCohort(8, 8, random)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const counts = new Map<string, number>();
    for (let k = 0; k < 20_000; k++) {
      const drawn = drawCohort(5, 2, random).join();
      counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
    }
    expect(counts.size).toBe(10);
    // each of 10 has mean 2000 and standard deviation 42.4; 6.8 of them are passed by one of 10 with probability 1e-10
    for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(289);
  });

  it("stops after the round in progress when asked to, and refuses options out of their ranges by name", async () => {
    const stop = new AbortController();
    const good = { clients: 4, client: () => ({ fit: () => model(1) }), initialParameters: model(0), rounds: 5 };
    const onRound = ({ round }: { round: number }): void => (round === 2 ? stop.abort() : undefined);
    expect((await simulate({ ...good, signal: stop.signal, onRound })).rounds).toHaveLength(2);
    const privacy = planDpFedAvg({
      rounds: 3,
      sites: 5,
      samplingProbability: 1,
      l2ClipNorm: 1,
      noiseMultiplier: 1,
      delta: 1e-5,
    });
    const bad = [
      [{ clients: 0 }, "clients"],
      [{ rounds: 1.5 }, "rounds"],
      [{ cohortSize: 5 }, "cohortSize"],
      [{ initialParameters: [] }, "initialParameters"],
      [{ weight: () => -1 }, "weight"],
      [{ client: { module: "clients.mjs", threads: 2 } }, "client.module"],
      [{ client: { module: "file:///clients.mjs", threads: 0 } }, "client.threads"],
      [{ privacy }, "clients"],
      [{ privacy, clients: 5 }, "rounds"],
      // played for five rounds and priced for three
      [{ privacy: { ...privacy, rounds: 5 }, clients: 5 }, "privacy must be as planDpFedAvg"],
      [{ privacy, clients: 5, rounds: 3, strategy: fedAvg() }, "strategy"],
      [{ privacy, clients: 5, rounds: 3, cohortSize: 2 }, "cohortSize"],
    ] as const;
    for (const [change, name] of bad) await expect(simulate({ ...good, ...change }), name).rejects.toThrow(name);
  });
});
