import { type KeyObject, createHash } from "node:crypto";
import { PrivacyError, invalidArgument, parsePositiveInteger, parseSteps } from "../../core/index.ts";
import { type RandomSource, operatingSystemRandom } from "../../core/random-source.ts";
import { type BufferOptions, parseBuffer } from "../buffer-options.ts";
import type { CoordinatorOptions } from "../coordinator-options.ts";
import { requireEd25519 } from "../lineage.ts";
import { requireMade } from "../made-plan.ts";
import { type OutgoingTensors, manifestBytes, modelDigest, outgoingTensors } from "../manifest.ts";
import { type Numbers, areNumbers, maxUint32, protocolVersion } from "../messages.ts";
import type { Parameters } from "../parameters.ts";
import type { DialogueWitness } from "../site-dialogue.ts";
import type { RoundRecord } from "../round-record.ts";
import { fixedPoint } from "../secagg/index.ts";
import type { ExchangeOptions, SecureAggregationOptions, SiteNoiseOptions } from "../secure-exchange.ts";
import { type SiteLevelOptions, requireSiteLevel } from "../site-level-aggregation.ts";
import { mostSecureSites } from "../secure-limits.ts";
import { floatElements } from "../spans.ts";
import { type Strategy, fewestUpdates, ruleText } from "../strategy.ts";
import { encodeCoordinatorMessage, maxMessageBytes } from "./codec.ts";
import { type ServerTls, isLoopback } from "./credentials.ts";

/** What the first round starts from. */
export interface InitialModel {
  /** tf.layers topology: its JSON, as text or as the object. Sites that know their model need none. */
  readonly topology?: string | object;
  readonly parameters: Parameters;
}

/** The model after a round; read from disk only when asked. */
export interface RoundModel {
  readonly digest: string;
  readonly parameters: () => Promise<Parameters>;
}

export interface ServerOptions {
  /** host:port to listen on; port 0 takes a free one. */
  readonly address: string;
  readonly strategy: Strategy;
  /** Rounds to play. */
  readonly rounds: number;
  /** Sites that must be ready before a round begins. */
  readonly minClients: number;
  /** With topology, or the parameters alone. Left out: the first site by name is asked for parameters. */
  readonly initialModel?: InitialModel | Parameters;
  /** Needed beyond loopback, unless `plaintext` says otherwise. */
  readonly tls?: ServerTls;
  /** True: serve a network in clear text, for instance behind a sidecar that encrypts. */
  readonly plaintext?: boolean;
  /** A site without progress for this long has failed its round; 600,000 by default. Training counts as none. */
  readonly deadlineMs?: number;
  /** Usable updates without which a round leaves the model as it is; 1 by default, or what the strategy needs. */
  readonly quorum?: number;
  /** Once the quorum is there, how long stragglers are waited for; without limit by default. */
  readonly graceMs?: number;
  /** How long to wait for minClients, per round; without limit by default. */
  readonly gatherMs?: number;
  /** Evaluate on the sites' public data after every so many rounds; 0, never, by default. */
  readonly evaluateEvery?: number;
  /** Numbers for the sites' training code, such as a learning rate. */
  readonly config?: Numbers;
  /** No model and no update may be larger; 4 GiB by default. */
  readonly maxModelBytes?: number;
  /** Where updates that memory does not hold wait for their round; a temporary directory by default. Files of this run are removed at the end. */
  readonly spoolDir?: string;
  /**
   * A folder that outlives the process, in place of `spoolDir`: every round is journaled there, and a coordinator that is
   * started again with it goes on at the same round with the updates it has. Without it a crash ends the run. With it a
   * run that ends before its time (close, an error) tells no site that it is over: they come back for ten minutes, as after a crash.
   */
  readonly stateDir?: string;
  /** Ask at most so many of the sites that are ready, drawn without replacement; all by default. Above `quorum`, with a `graceMs`, it is over-selection. */
  readonly cohortSize?: number;
  /** How long a site whose line broke in a round is waited for, with what it has sent so far; 30,000 by default. */
  readonly reconnectMs?: number;
  /** No more sites may be connected at once; 10,000 by default. */
  readonly maxSites?: number;
  /** Ed25519 private key: signs every instruction, and for every model which round released it from which. */
  readonly signingKey?: KeyObject;
  /**
   * Sites mask their updates, so that this side learns their sum alone: needs `tls.clients`, 3 to 255 sites, and a
   * strategy that looks at no single update. Sites must have one another's keys; their weights are shown to all of them. With
   * `siteNoise`, weights "equal": every site adds noise to its change first, so that the sum hides each of them from this side too.
   */
  readonly secureAggregation?: SecureAggregationOptions;
  /**
   * Noise with the site as unit (DP-FedAvg), priced in this side's own ledger. Whoever sees the models is kept from telling whether
   * a site took part; this side sees each update and must be honest. With `strategy: fedAvg({ weights: "equal" })` and, beyond
   * loopback, `tls.clients`. Who was drawn must stay here: round records say how many on average and no more, and `witness.drawn`
   * and `witness.received` are told what nobody else may know.
   */
  readonly siteLevelPrivacy?: SiteLevelOptions;
  /**
   * Release whenever so many updates are there, whoever they come from, instead of playing rounds. With `evaluateEvery` a release
   * is evaluated by the sites that are free just then: nobody waits for one that trains.
   */
  readonly buffered?: BufferOptions;
  /** Draws cohorts; from `sordino/testing` in tests. */
  readonly random?: RandomSource;
  /** Awaited after every round. */
  readonly onRound?: (record: RoundRecord, model: RoundModel) => void | Promise<void>;
  /** Told of what was accepted and refused, for an audit trail. */
  readonly witness?: DialogueWitness;
  /** Told of everyone who did not get as far as a stream, and of sites whose certificate went bad in the run. */
  readonly onRefused?: (error: PrivacyError<"identity_refused">) => void;
  readonly signal?: AbortSignal;
}

export function aborted(): PrivacyError<"aborted"> {
  const text = "the federated run was stopped by its caller; rounds that were released stay as they are";
  return new PrivacyError("aborted", text, { phase: "federated run" });
}

function parseMs(value: number | undefined, argument: string): number | null {
  if (value === undefined || value === Infinity) return null;
  if (!(value > 0)) throw invalidArgument(argument, "a time in ms > 0", value);
  return value;
}

/** Options that were checked, and what is written and said of them. */
export interface ParsedRun extends Omit<CoordinatorOptions, "onRound" | "nowMs" | "aggregate"> {
  readonly secure: ParsedSecure | null;
  readonly siteLevel: SiteLevelOptions | null;
  readonly topologyJson: string;
  readonly initialModel: OutgoingTensors | null;
  readonly signingKey: KeyObject | null;
  readonly buffer: Required<BufferOptions> | null;
  /** SHA-256 (hex) over what both lives of a run must share. */
  readonly configuration: string;
}

/** What the exchange of a secure round needs, and the account of its noise where there is any. */
export interface ParsedSecure extends ExchangeOptions {
  readonly siteNoise: SiteNoiseOptions | null;
}

/** What can be checked before a file or socket is touched. */
export function parseRun(options: ServerOptions): ParsedRun {
  if (options.signal?.aborted === true) throw aborted();
  const { strategy, config = {}, maxModelBytes = 4 * 2 ** 30 } = options;
  const rounds = parsePositiveInteger(options.rounds, "rounds");
  if (rounds > maxUint32) throw invalidArgument("rounds", `at most ${maxUint32}`, rounds);
  if (typeof strategy?.weightOf !== "function" || typeof strategy.rule !== "object") {
    throw invalidArgument("strategy", "a strategy such as fedAvg()", typeof strategy);
  }
  if (!areNumbers(config)) throw invalidArgument("config", "at most 64 finite numbers under plain names", "others");
  parsePositiveInteger(maxModelBytes, "maxModelBytes");
  if (strategy.rule.kind === "fed-prox" && "proximalMu" in config) {
    throw invalidArgument("config", "without proximalMu, which the strategy gives", "proximalMu");
  }
  const plan = {
    minClients: parsePositiveInteger(options.minClients, "minClients"),
    quorum: parseQuorum(options),
    cohortSize: options.cohortSize === undefined ? null : parsePositiveInteger(options.cohortSize, "cohortSize"),
    reconnectMs: parseWait(options.reconnectMs ?? 30_000, "reconnectMs"),
    idleMs: parseMs(options.deadlineMs, "deadlineMs") ?? 600_000,
    graceMs: parseMs(options.graceMs, "graceMs"),
    gatherMs: parseMs(options.gatherMs, "gatherMs"),
  };
  const evaluateEvery = parseSteps(options.evaluateEvery ?? 0, "evaluateEvery");
  const { signingKey } = options;
  const run = {
    strategy,
    rounds,
    plan,
    evaluateEvery,
    config,
    maxModelBytes,
    maxSites: parsePositiveInteger(options.maxSites ?? 10_000, "maxSites"),
    random: options.random ?? operatingSystemRandom(),
    signingKey: signingKey === undefined ? null : requireEd25519(signingKey, "private", "signingKey"),
    siteLevel: parseSiteLevel(options),
    secure: options.secureAggregation === undefined ? null : parseSecure(options.secureAggregation, options),
    buffer: options.buffered === undefined ? null : parseBuffer(options.buffered, options),
  };
  const model = parseModel(options, run);
  requireSiteNoise(run.secure?.siteNoise ?? null, options, model.initialModel);
  return { ...run, ...model };
}

/** @throws PrivacyError `invalid_argument` for whatever a secure round can not go with. */
function parseSecure(
  { range, siteNoise, stepMs = 30_000 }: SecureAggregationOptions,
  { strategy, tls, minClients, buffered, initialModel }: ServerOptions,
): ParsedSecure {
  const [argument, advice] = ["secureAggregation", "in such a round nobody sees a single update"];
  if ((range === undefined) === (siteNoise === undefined)) {
    throw invalidArgument(argument, "range or siteNoise, one of the two", range === undefined ? "neither" : "both");
  }
  if (range !== undefined) fixedPoint({ range, sites: mostSecureSites });
  if (!(stepMs > 0 && stepMs <= 2 ** 31 - 1))
    throw invalidArgument("secureAggregation.stepMs", "a time in ms > 0", stepMs);
  const { kind } = strategy.rule;
  if (kind === "q-fed-avg" || fewestUpdates(strategy.rule) > 1 || /median|mean/.test(kind)) {
    throw invalidArgument(argument, "a strategy that looks at no single update", kind, advice);
  }
  if (tls?.clients === undefined) throw invalidArgument(argument, "tls.clients", "none", "sites sign their keys");
  if (minClients < 3) throw invalidArgument("minClients", "at least 3 with secureAggregation", minClients);
  if (buffered !== undefined) throw invalidArgument(argument, "rounds", "a buffer", "a buffer has no cohort");
  if (initialModel === undefined)
    throw invalidArgument(argument, "an initialModel", "none", "a site would show its own");
  if (siteNoise === undefined) return { range: range ?? NaN, noise: null, siteNoise: null, stepMs };
  const { rounds, l2ClipNorm, noiseMultiplier, honestSurvivors } = siteNoise.plan;
  return { range: 0, noise: { rounds, l2ClipNorm, noiseMultiplier, honestSurvivors }, siteNoise, stepMs };
}

/** The plan must be that of this run: it says how many stay and what a sum holds. */
function requireSiteNoise(
  given: SiteNoiseOptions | null,
  { rounds, minClients, strategy }: ServerOptions,
  model: OutgoingTensors | null,
): void {
  if (given === null) return;
  const { plan } = given;
  const [argument, elements] = ["secureAggregation.siteNoise.plan", floatElements(model?.manifest ?? [])];
  requireMade(plan, argument, "planSiteNoise");
  if (plan.rounds !== rounds) throw invalidArgument(`${argument}.rounds`, `the run's ${rounds}`, plan.rounds);
  if (plan.minClients !== minClients)
    throw invalidArgument(`${argument}.minClients`, `the run's ${minClients}`, plan.minClients);
  if (plan.elements !== elements)
    throw invalidArgument(`${argument}.elements`, `the model's ${elements}`, plan.elements);
  if (strategy.weightOf("a", 2) !== 1)
    throw invalidArgument("strategy.weights", '"equal" with noise from the sites', "others");
}

function parseSiteLevel(options: ServerOptions): SiteLevelOptions | null {
  const {
    siteLevelPrivacy: given,
    strategy,
    secureAggregation,
    buffered,
    initialModel,
    cohortSize,
    evaluateEvery,
    tls,
  } = options;
  if (given === undefined) return null;
  requireSiteLevel(given, options.rounds);
  const refuse = (expected: string, got: string): never => {
    throw invalidArgument("siteLevelPrivacy", expected, got);
  };
  if (strategy.rule.kind !== "fed-avg") refuse("with the strategy fedAvg", strategy.rule.kind);
  if (given.enrolled.some((site) => strategy.weightOf(site, 2) !== 1))
    refuse('with weights "equal": a heavier site would move the sum further', "others");
  if (secureAggregation !== undefined)
    refuse("without secureAggregation: masked changes can not be clipped here", "both");
  if (buffered !== undefined) refuse("with rounds, not a buffer", "buffered");
  // one party under two names would move the sum twice as far
  if (tls?.clients === undefined && !isLoopback(options.address))
    refuse("with tls.clients beyond loopback: a name without a certificate is a claim", "without");
  // a drawn site that is late is not asked to evaluate: the mean would show who is missing
  if (given.plan.samplingProbability < 1 && (evaluateEvery ?? 0) > 0)
    refuse("without evaluateEvery where the plan draws sites", "both");
  if (cohortSize !== undefined) refuse("without cohortSize: the plan draws the sites", "both");
  if (initialModel === undefined) refuse("with an initialModel: a site's own would be released exactly", "none");
  return given;
}

function parseWait(value: number, argument: string): number {
  if (!(value >= 0)) throw invalidArgument(argument, "a time in ms >= 0", value);
  return value;
}

/** A round that closes with fewer updates than its strategy needs would be in vain: so it is said at once. */
function parseQuorum({ quorum, strategy, cohortSize }: ServerOptions): number {
  const fewest = fewestUpdates(strategy.rule);
  const parsed = parsePositiveInteger(quorum ?? fewest, "quorum");
  if (parsed < fewest) throw invalidArgument("quorum", `at least ${fewest}, which ${strategy.rule.kind} needs`, parsed);
  if (cohortSize !== undefined && cohortSize < parsed) {
    throw invalidArgument("cohortSize", `at least the quorum of ${parsed}`, cohortSize);
  }
  return parsed;
}

function parseModel(
  options: ServerOptions,
  { strategy, rounds, maxModelBytes }: { strategy: Strategy; rounds: number; maxModelBytes: number },
): Pick<ParsedRun, "initialModel" | "topologyJson" | "configuration"> {
  const given = asInitialModel(options.initialModel);
  const initialModel = given === undefined ? null : outgoingTensors(given.parameters, "initialModel.parameters");
  const topologyJson = topologyText(given?.topology);
  checkSizes(initialModel, { rounds, topologyJson, maxModelBytes });
  const first = initialModel === null ? null : modelDigest(initialModel.manifest);
  const { buffered } = options;
  const buffer = buffered === undefined ? [] : ["buffered", parseBuffer(buffered, options)];
  const facts = [ruleText(strategy.rule), rounds, topologyJson, first, ...privacyFacts(options), ...buffer];
  return {
    initialModel,
    topologyJson,
    configuration: createHash("sha256").update(JSON.stringify(facts)).digest("hex"),
  };
}

/** What the sums and models of both lives of a run must have cost alike. */
function privacyFacts({ secureAggregation, siteLevelPrivacy }: ServerOptions): unknown[] {
  if (siteLevelPrivacy !== undefined) {
    const { plan, enrolled, scope } = siteLevelPrivacy;
    return ["site-level", plan.event, plan.l2ClipNorm, plan.changeNoiseMultiplier, plan.adaptiveClip, enrolled, scope];
  }
  if (secureAggregation === undefined) return [];
  const { range, siteNoise } = secureAggregation;
  return siteNoise === undefined ? [range] : ["site-noise", siteNoise.plan, siteNoise.scope];
}

function asInitialModel(given: InitialModel | Parameters | undefined): InitialModel | undefined {
  if (given === undefined || "parameters" in given) return given;
  return { parameters: given };
}

function topologyText(topology: string | object | undefined): string {
  if (topology === undefined) return "";
  return typeof topology === "string" ? topology : JSON.stringify(topology);
}

/** The messages that carry topology and manifest must fit what a site accepts. */
function checkSizes(
  model: OutgoingTensors | null,
  run: { rounds: number; topologyJson: string; maxModelBytes: number },
): void {
  const tensors = model?.manifest ?? [];
  if (manifestBytes(tensors) > run.maxModelBytes) {
    throw invalidArgument("initialModel", `at most maxModelBytes = ${run.maxModelBytes} bytes`, manifestBytes(tensors));
  }
  const { rounds, topologyJson } = run;
  const runId = "0".repeat(36);
  const greeting = { kind: "welcome", protocolVersion, runId, rounds, topologyJson, tensors } as const;
  const welcome = encodeCoordinatorMessage(greeting);
  if (welcome.length > maxMessageBytes) {
    throw invalidArgument(
      "initialModel.topology",
      `${maxMessageBytes} bytes with the manifest at most`,
      welcome.length,
    );
  }
}
