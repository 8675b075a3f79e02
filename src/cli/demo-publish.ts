import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { attackSummary, lossThreshold, rocCurve } from "../attacks/index.ts";
import type { PrivateTrainer, PrivacyEngine } from "../dpsgd/index.ts";
import {
  type CardArtifact,
  type PrivacyCard,
  type RocChart,
  attackCap,
  buildPrivacyCard,
  cardAttack,
  cardDigest,
  writeCardFolder,
} from "../report/index.ts";
import type { EpsilonCurve } from "./epsilon-curve.ts";
import { demoCardInput } from "./demo-card.ts";
import type { ModelOutputs } from "./model-outputs.ts";

/** What publishing needs. */
export interface DemoRun {
  readonly engine: PrivacyEngine;
  readonly trainer: PrivateTrainer;
  readonly curve: EpsilonCurve;
  readonly members: ModelOutputs;
  readonly nonMembers: ModelOutputs;
  readonly out: string;
}

/** The numbers of the summary that come from the card. */
export interface PublishedDemo {
  readonly epsilon: { readonly lower: number; readonly upper: number };
  readonly delta: number;
  readonly attack: { readonly auc: number; readonly tprAtFpr: readonly { fpr: number; tpr: number; cap: number }[] };
}

/** Attacks the model, writes the card with its two plots, and records in the ledger what was released. */
export async function publishDemo(run: DemoRun): Promise<PublishedDemo> {
  const { engine, trainer, members, nonMembers, out } = run;
  const summary = attackSummary({ members: { losses: members.losses }, nonMembers: { losses: nonMembers.losses } });
  const scheduled = engine.ledger.spent(trainer.scope).runs.find((r) => r.runId === trainer.runId);
  const artifacts = ["model/model.json", "model/weights.bin"].map((path) => artifact(out, path));
  const card = buildPrivacyCard(
    demoCardInput({
      trainer,
      artifacts,
      accuracy: nonMembers.accuracy,
      attack: cardAttack(summary),
      head: engine.ledger.head(),
      // a run that the ledger does not name proves nothing about its randomness
      randomSource: scheduled?.randomSource ?? "seeded-test",
    }),
  );
  await writeCardFolder(out, { card, epsilonByStep: epsilonChart(run), roc: rocChart(run, card) });
  const artifactDigest = sha256(Buffer.from(artifacts.map((a) => a.sha256).join("\n")));
  await engine.ledger.release({ runId: trainer.runId, artifactDigest, cardDigest: cardDigest(card) });
  const cap = attackCap(card);
  return {
    epsilon: { lower: card.accounting.epsilon.lower, upper: card.guarantee.epsilon },
    delta: card.guarantee.delta,
    attack: {
      auc: summary.auc,
      tprAtFpr: summary.tprAtFpr.map(({ fpr, tpr }) => ({ fpr, tpr, cap: cap(fpr) })),
    },
  };
}

function epsilonChart({ curve, trainer }: DemoRun): {
  steps: number[];
  epsilon: number[];
  target: number | null;
  delta: number;
} {
  const { budget } = trainer.plan;
  return { ...curve, target: budget.epsilon, delta: budget.delta };
}

function rocChart({ members, nonMembers }: DemoRun, card: PrivacyCard): RocChart {
  const roc = rocCurve(lossThreshold({ losses: members.losses }), lossThreshold({ losses: nonMembers.losses }));
  const bandRates = Array.from({ length: 31 }, (_, i) => 10 ** (-3 + i / 10));
  return {
    curve: roc.points,
    band: bandRates.map((fpr) => {
      const { interval } = roc.tprAtFpr(fpr);
      return { fpr, low: interval.lower, high: interval.upper };
    }),
    cap: attackCap(card),
    labels: {
      attack: "Loss-threshold attack",
      claim: `ε = ${card.summary.headline.epsilon}, δ = ${card.guarantee.delta}`,
      band: "95 % Clopper-Pearson",
    },
  };
}

function artifact(out: string, path: string): CardArtifact {
  const bytes = readFileSync(join(out, path));
  return { path, sha256: sha256(bytes), bytes: bytes.length };
}

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
