import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, layers } from "@tensorflow/tfjs-layers";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "./backend.fixture.ts";
import { models, variants } from "./layer-classes.fixture.ts";
import { leaves, viewModel } from "./layer-view.ts";
import { compareWithLoop } from "./loop.fixture.ts";
import { checkModel } from "./model-check.ts";
import { compileModel } from "./wasm-plan.ts";

/** Names of `tf.layers` that make no layer: classes to inherit from, cells, and the placeholder of an input. */
const noLayers: ReadonlySet<string> = new Set([
  "Layer",
  "RNN",
  "RNNCell",
  "convLstm2dCell",
  "gruCell",
  "input",
  "lstmCell",
  "simpleRNNCell",
  "stackedRNNCells",
]);

/** Other names of one function, in the spelling of its class. */
const aliases: Readonly<Record<string, string>> = {
  avgpool1d: "averagepooling1d",
  avgpool2d: "averagepooling2d",
  avgpool3d: "averagepooling3d",
  avgpooling1d: "averagepooling1d",
  avgpooling2d: "averagepooling2d",
  avgpooling3d: "averagepooling3d",
  globalmaxpool1d: "globalmaxpooling1d",
  globalmaxpool2d: "globalmaxpooling2d",
  maxpool1d: "maxpooling1d",
  maxpool2d: "maxpooling2d",
};

interface Verdict {
  readonly where: "kernels" | "TensorFlow.js" | "refused";
  readonly why: string;
}

/** What becomes of a model, without making an engine. */
function judge(model: LayersModel): Verdict {
  const [problem] = checkModel(model);
  if (problem !== undefined) return { where: "refused", why: `${problem.reason}; use ${problem.replacement}` };
  const plan = compileModel(model, "meanSquaredError");
  return "reason" in plan ? { where: "TensorFlow.js", why: plan.reason } : { where: "kernels", why: "" };
}

/** The rows of a table of docs/layers.md: what, where, why. */
function rowsUnder(heading: string): string[][] {
  const text = readFileSync(new URL("../../docs/layers.md", import.meta.url), "utf8");
  const section = text.split(/^## /m).find((part) => part.startsWith(heading)) ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| -"));
  return lines.slice(1).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const judged = (built: Readonly<Record<string, () => LayersModel>>): string[][] =>
  Object.keys(built)
    .toSorted()
    .map((name) => {
      const { where, why } = judge(built[name]());
      return [name, where, why];
    });

describe("the classes of layers", () => {
  beforeAll(() => useBackend("cpu"));
  afterEach(() => tf.disposeVariables());

  it("of tf.layers are all in the table, and ours", () => {
    const known = new Set(Object.keys(models).map((name) => name.toLowerCase()));
    const names = Object.keys(layers).filter((name) => !noLayers.has(name));
    expect(names.length).toBeGreaterThan(60);
    expect(names.filter((name) => !known.has(aliases[name.toLowerCase()] ?? name.toLowerCase()))).toEqual([]);
    for (const [name, build] of Object.entries(models)) {
      const classes = leaves(viewModel(build())).map((layer) => layer.getClassName());
      expect(classes, name).toContain(name);
    }
  });

  it("are compiled, on TensorFlow.js or refused as docs/layers.md says, each for one reason", () => {
    expect(rowsUnder("Classes")).toEqual(judged(models));
    expect(rowsUnder("Configurations")).toEqual(judged(variants));
  });

  const trainable = [...rowsUnder("Classes"), ...rowsUnder("Configurations")]
    // the loop needs a length, and draws no masks
    .filter(([name, where]) => where !== "refused" && !/dropout|no fixed number/i.test(name))
    .map(([name]) => ({ name, build: { ...models, ...variants }[name] }));

  it.each(trainable)("D1 D3 $name: norms and sums of a batch-of-one loop", async ({ build }) => {
    await compareWithLoop(build(), 3, 51);
  });
});
