import "@tensorflow/tfjs-backend-cpu";
import { describe, expect, it } from "vitest";

/**
 * Names that others rely on. One that disappears or changes its place breaks them: change this list only with a line in
 * CHANGELOG.md.
 */
const relied: Readonly<Record<string, readonly string[]>> = {
  ".": ["PrivacyEngine", "PrivacyError", "isPrivacyError", "checkModel"],
  accounting: [
    "account",
    "calibrateNoiseMultiplier",
    "calibrateSteps",
    "calibrateSamplingProbability",
    "toDpAccounting",
    "fromDpAccounting",
    "noOp",
    "nonPrivate",
    "unsupported",
    "gaussian",
    "laplace",
    "discreteGaussian",
    "discreteLaplace",
    "zcdp",
    "epsilonDelta",
    "randomizedResponse",
    "exponentialMechanism",
    "poissonSampled",
    "sampledWithReplacement",
    "sampledWithoutReplacement",
    "truncatedSubsampledGaussian",
    "mixtureOfGaussians",
    "singleEpochTreeAggregation",
    "repeatAndSelect",
    "selfComposed",
    "composed",
    "shuffled",
    "bandedMatrix",
    "discreteGaussianSum",
  ],
  gradients: ["clippedGradientSum", "createTfjsEngine", "checkModel"],
  dpsgd: [
    "PrivacyEngine",
    "PrivateTrainer",
    "planDpSgd",
    "poissonSampler",
    "createGridGaussian",
    "operatingSystemRandom",
  ],
  ledger: ["openLedger", "readLedger", "verifyLedger"],
  federated: ["startServer", "startClient", "fedAvg", "hospitalClient", "runServe", "runJoin"],
  attacks: ["lira", "rmia", "lossThreshold", "modifiedEntropy", "rocCurve", "attackSummary"],
  audit: ["clopperPearsonLowerBound", "oneRunLowerBound", "gdpLowerBound"],
  report: ["buildPrivacyCard", "parsePrivacyCard", "renderCardJson", "renderCardMarkdown", "compareCardWithLedger"],
  testing: ["seededRandom"],
};

describe("the public surface", () => {
  it.each(Object.entries(relied))("%s keeps its names", async (entry, names) => {
    const path = entry === "." ? "./index.ts" : `./${entry}/index.ts`;
    const exported = Object.keys((await import(path)) as object);
    expect(names.filter((name) => !exported.includes(name))).toEqual([]);
    expect(exported).not.toContain("default");
  });
});
