import { train } from "@tensorflow/tfjs-core";
import { join, resolve } from "node:path";
import { invalidArgument } from "../core/index.ts";
import { type PrivateTrainer, PrivacyEngine, saveModel } from "../dpsgd/index.ts";
import type { DemoFlags } from "./demo-flags.ts";
import type { EpsilonCurve } from "./epsilon-curve.ts";
import { demoModel } from "./demo-model.ts";
import { refuseOccupied } from "./demo-folder.ts";
import { publishDemo } from "./demo-publish.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { withInterrupt } from "./interrupt.ts";
import { loadMnist, type Split } from "./mnist.ts";
import { modelOutputs, type ModelOutputs } from "./model-outputs.ts";
import { epsilonText } from "./number-text.ts";
import { type Output, printJson } from "./output.ts";
import { trainingProgress } from "./progress.ts";
import { useWasmBackend } from "./tensor-backend.ts";

/** How many training and test records the membership attack compares. */
const attackedRecords = 10_000;

/** `sordino demo`: private training, attack and card on MNIST. */
export async function runDemo(flags: DemoFlags, output: Output): Promise<ExitCode> {
  if (flags.data !== "mnist") throw invalidArgument("--data", "mnist", flags.data);
  const out = resolve(flags.out);
  await refuseOccupied(out);
  const data = loadMnist();
  await useWasmBackend();
  output.progress(
    `MNIST: 60,000 training and 10,000 test images; target epsilon ${flags.targetEpsilon} at delta ${flags.delta}`,
  );
  const engine = await PrivacyEngine.open({
    ledger: out,
    unit: "example",
    neighboring: "add-or-remove-one",
    delta: flags.delta,
    budget: { epsilon: flags.targetEpsilon },
    actor: "sordino demo",
  });
  const job = { engine, data, flags, out };
  try {
    return await withInterrupt(
      (signal) => trainAndPublish(job, signal, output),
      () => output.progress("stopping …"),
    );
  } finally {
    await engine.close();
  }
}

interface DemoJob {
  readonly engine: PrivacyEngine;
  readonly data: { readonly train: Split; readonly test: Split };
  readonly flags: DemoFlags;
  readonly out: string;
}

async function trainAndPublish(job: DemoJob, signal: AbortSignal, output: Output): Promise<ExitCode> {
  const { engine, data, flags, out } = job;
  const trainer = await prepare(engine, data.train, flags);
  announce(trainer, output);
  const curve: EpsilonCurve = { steps: [], epsilon: [] };
  const started = performance.now();
  if (!(await fit(trainer, curve, signal, output))) return interrupted(trainer, curve, out, output);
  const seconds = (performance.now() - started) / 1000;
  await saveModel(trainer.model, join(out, "model"));
  output.progress("measuring test accuracy and attacking the model …");
  const members = await modelOutputs(trainer, data.train.images, data.train.labels, attackedRecords);
  const nonMembers = await modelOutputs(trainer, data.test.images, data.test.labels, attackedRecords);
  if (signal.aborted) {
    output.progress(`stopped after training: the model and the ledger are in ${out}, no card was written`);
    return exitCode.interrupted;
  }
  const published = await publishDemo({ engine, trainer, curve, members, nonMembers, out });
  const summary = { ...published, ...measured(trainer, nonMembers, seconds), out: flags.out };
  if (flags.json === true) printJson(output, summary);
  else printSummary(summary, output);
  return exitCode.ok;
}

function prepare(engine: PrivacyEngine, training: Split, flags: DemoFlags): Promise<PrivateTrainer> {
  return engine.makePrivateWithEpsilon({
    model: demoModel(),
    optimizer: train.sgd(2),
    loss: { kind: "sparseCategoricalCrossentropy", fromLogits: true },
    data: { id: "mnist-train", x: training.images, y: training.labels },
    datasetSize: 60_000,
    expectedBatchSize: 256,
    epochs: flags.epochs,
    l2ClipNorm: 1,
    targetEpsilon: flags.targetEpsilon,
  });
}

function announce({ plan }: PrivateTrainer, output: Output): void {
  const surcharge = (plan.clip.sensitivity / plan.clip.norm - 1) * 100;
  output.progress(
    `plan: ${plan.steps} steps, expected batch ${plan.expectedBatchSize}, noise multiplier ${plan.noise.multiplier.toFixed(4)}, ` +
      `clip norm ${plan.clip.norm} (+${surcharge.toFixed(3)} % for rounding)`,
  );
}

/** @returns whether the whole schedule was run. */
async function fit(
  trainer: PrivateTrainer,
  curve: EpsilonCurve,
  signal: AbortSignal,
  output: Output,
): Promise<boolean> {
  const show = trainingProgress(output, trainer.plan.expectedBatchSize);
  const onStep = (step: { index: number; steps: number; epsilon: number }): void => {
    curve.steps.push(step.index);
    curve.epsilon.push(step.epsilon);
    show(step);
  };
  return (await trainer.fit({ onStep, signal })).completed;
}

function interrupted(trainer: PrivateTrainer, curve: EpsilonCurve, out: string, output: Output): ExitCode {
  const epsilon = epsilonText(curve.epsilon.at(-1) ?? 0);
  output.progress(
    `stopped after ${trainer.stepsTaken} of ${trainer.plan.steps} steps; ${join(out, "ledger.jsonl")} counts them (epsilon ${epsilon} for that many, had it been planned; the schedule's stands otherwise). No card is written for part of a run.`,
  );
  return exitCode.interrupted;
}

interface Summary {
  readonly steps: number;
  readonly seconds: number;
  readonly examplesPerSecond: number;
  readonly testAccuracy: number;
  readonly epsilon: { readonly lower: number; readonly upper: number };
  readonly delta: number;
  readonly noiseMultiplier: number;
  readonly attack: { readonly auc: number; readonly tprAtFpr: readonly { fpr: number; tpr: number; cap: number }[] };
  readonly out: string;
}

function measured(
  trainer: PrivateTrainer,
  nonMembers: ModelOutputs,
  seconds: number,
): Pick<Summary, "steps" | "seconds" | "examplesPerSecond" | "testAccuracy" | "noiseMultiplier"> {
  const { steps, expectedBatchSize, noise } = trainer.plan;
  return {
    steps,
    seconds,
    examplesPerSecond: Math.round((steps * expectedBatchSize) / seconds),
    testAccuracy: nonMembers.accuracy,
    noiseMultiplier: noise.multiplier,
  };
}

function printSummary(summary: Summary, output: Output): void {
  const { epsilon, delta, attack, out } = summary;
  const rates = attack.tprAtFpr.map(
    ({ fpr, tpr, cap }) =>
      `TPR ${(100 * tpr).toFixed(2)} % at FPR ${100 * fpr} % (bound ${epsilonText(100 * cap, "up", 1)} %)`,
  );
  output.out(
    `trained    ${summary.steps} private steps in ${summary.seconds.toFixed(0)} s (${summary.examplesPerSecond} examples/s)`,
  );
  output.out(`accuracy   ${(100 * summary.testAccuracy).toFixed(2)} % on 10,000 test images`);
  output.out(`privacy    epsilon <= ${epsilonText(epsilon.upper)} at delta ${delta} (add-or-remove-one example)`);
  output.out(`attack     AUC ${attack.auc.toFixed(4)}; ${rates.join("; ")}`);
  output.out(`written    ${out}/privacy-card.md, privacy-card.json, two SVG plots, ledger.jsonl, model/`);
  output.out("");
  output.out(
    `next       npx sordino verify ${out}      recompute epsilon from the ledger and compare it with the card`,
  );
  output.out(`           npx sordino card render ${out} --format markdown`);
}
