import type { KeyObject } from "node:crypto";
import { PrivacyError, isPrivacyError } from "../core/index.ts";
import type { ClientConfig, ClientRound } from "./client.ts";
import { CreditGate, CreditMeter, CreditPool } from "./credit.ts";
import { Download } from "./download.ts";
import type { ReportFacts } from "./epsilon-report.ts";
import { holdsInstruction, holdsLineage, lineageBreak } from "./lineage.ts";
import { type Manifest, manifestDifference, manifestProblem, modelDigest } from "./manifest.ts";
import {
  type ChunkMessage,
  type ChunkPlace,
  type CoordinatorMessage,
  type DeclineReason,
  type SignedReport,
  type SiteMessage,
  areNumbers,
  isRunId,
  mostCredit,
  protocolVersion,
} from "./messages.ts";
import type { Answer } from "./outbox.ts";
import type { Parameters } from "./parameters.ts";
import { SendLimit } from "./send-limit.ts";
import { type SecureOrderStep, isMasked } from "./secure-messages.ts";
import { secureTask } from "./secure-task.ts";
import type { SiteWorker } from "./site-worker.ts";

/** What a session needs besides the stream. */
export interface SessionPlan {
  readonly site: string;
  readonly weight: number;
  /** True when the site file declares evaluation data public. */
  readonly hasPublicEvaluation: boolean;
  readonly worker: SiteWorker;
  readonly maxModelBytes: number;
  /** Ed25519: instructions and models that it did not sign are declined. Null: none are signed. */
  readonly coordinatorKey: KeyObject | null;
  /** Signs what the site says of an update; absent without an identity key. */
  readonly sign?: (facts: ReportFacts) => SignedReport;
  readonly onRound: (round: ClientRound) => void;
}

/** The stream under a session. */
export interface SessionStream {
  /** Resolves when the message is on its way, also after the stream broke. */
  readonly send: (message: SiteMessage) => Promise<void>;
  readonly end: () => void;
}

type Instruction = CoordinatorMessage & { readonly kind: "instruction" };

/** Chunks of an upload in the hands of the transport: one on its way, one ready, one being made. */
const chunksInHand = 3;

/** The site's half of the conversation over one stream. Give it messages one at a time. */
export class SiteSession {
  isWelcome = false;
  /** Set when the stream must not be tried again: the run ended, or this is what went wrong. */
  outcome: { readonly kind: "stopped" } | { readonly kind: "failed"; readonly error: unknown } | null = null;
  /** The coordinator has not noticed yet that an earlier line of this site is broken. */
  isEarly = false;
  readonly #plan: SessionPlan;
  readonly #stream: SessionStream;
  readonly #isAgain: boolean;
  readonly #gate = new CreditGate();
  readonly #meter = new CreditMeter(new CreditPool(2 * mostCredit));
  #agreed: Manifest = [];
  #isSecure = false;
  #order: Instruction | null = null;
  #download: Download | null = null;
  #resume: ((from: ChunkPlace | null) => void) | null = null;
  #secureTail: Promise<void> = Promise.resolve();
  #isUploadRefused = false;
  #isClosed = false;

  constructor(plan: SessionPlan, stream: SessionStream) {
    this.#plan = plan;
    this.#stream = stream;
    this.#isAgain = plan.worker.wasInRun;
  }

  async start(): Promise<void> {
    const { site, weight, hasPublicEvaluation, worker } = this.#plan;
    const capabilities = hasPublicEvaluation ? ["train", "evaluate"] : ["train"];
    await this.#stream.send({ kind: "join", protocolVersion, site, capabilities, weight, held: worker.held });
  }

  async receive(message: CoordinatorMessage): Promise<void> {
    if (this.#isClosed) return;
    const isGreeting = message.kind === "welcome" || message.kind === "reject";
    if (message.kind === "malformed" || (!this.isWelcome && !isGreeting)) return this.#breach("messages in order");
    switch (message.kind) {
      case "welcome":
        return await this.#greet(message);
      case "instruction":
        return await this.#obey(message);
      case "chunk":
        return this.#takeChunk(message);
      case "credit":
        return void this.#gate.grant(message.chunks);
      case "resume":
        return this.#takeResume(message);
      case "reject":
        return this.#takeReject(message);
      case "secure":
        return this.#takeSecure(message.round, message.step);
      case "receipt":
        return this.#report("accepted", null);
    }
  }

  /** The stream is gone: what is under way goes on in the worker, and waits there for the next stream. */
  closed(): void {
    this.#isClosed = true;
    this.#gate.close();
    this.#resume?.(null);
    const [order, download] = [this.#order, this.#download];
    if (order === null || order.instruction === "stop") return;
    this.#plan.worker.unsettled = { round: order.round, asked: order.instruction };
    if (download?.state !== "coming") return;
    this.#plan.worker.partial = { round: order.round, model: modelDigest(order.tensors), download };
  }

  async #greet(message: CoordinatorMessage & { kind: "welcome" }): Promise<void> {
    const { worker } = this.#plan;
    const { runId, rounds, topologyJson, tensors, minClients, isSecure, siteNoise } = message;
    if (this.isWelcome || message.protocolVersion !== protocolVersion) return this.#breach("one welcome, version 1");
    if (!isRunId(runId)) return this.#breach("a run id of letters, digits and dashes");
    const announced = { topologyJson, rounds, siteNoise };
    if (!worker.isSameRun(runId, announced)) return this.#breach("the same run after a broken stream");
    if (tensors.length > 0 && manifestProblem(tensors, this.#plan.maxModelBytes) !== undefined) {
      return this.#breach("well-formed tensors of at most maxModelBytes");
    }
    this.isWelcome = true;
    worker.enterRun(runId, announced);
    this.#agreed = tensors;
    this.#isSecure = isSecure === true;
    // who set secure rounds up wants no other: in clear text the coordinator would see each update
    if (worker.secure !== null && !this.#isSecure) return this.#fail(notSecure());
    try {
      const claims = {
        ...(minClients === undefined ? {} : { minClients }),
        ...(isSecure === true ? { isSecure } : {}),
        ...(siteNoise === undefined ? {} : { siteNoise }),
      };
      await worker.client.prepare?.({ runId, rounds, topologyJson, tensors, ...claims });
    } catch (error) {
      this.#fail(error);
    }
  }

  async #obey(order: Instruction): Promise<void> {
    if (order.instruction === "stop") {
      if (!this.#isSigned(order)) return this.#breach("a signed stop");
      this.outcome = { kind: "stopped" };
      await this.#stream.send({ kind: "leave" });
      return this.#stream.end();
    }
    if (this.#order !== null) return this.#breach("one instruction at a time");
    this.#settleEarlier(order);
    this.#order = order;
    const { worker, hasPublicEvaluation, maxModelBytes } = this.#plan;
    if (order.instruction === "evaluate" && !hasPublicEvaluation) return this.#decline("not-available");
    // in clear text: and a client that has trained may give what it trained
    if (order.instruction === "initial-parameters" && this.#isMasking) return this.#decline("policy");
    if (order.instruction === "initial-parameters") {
      return this.#isSigned(order) ? this.#begin(order, () => this.#initial(order)) : this.#decline("unsigned");
    }
    const isWithoutDigest = order.tensors.some((spec) => spec.sha256 === undefined);
    const difference = this.#agreed.length === 0 ? undefined : manifestDifference(this.#agreed, order.tensors);
    if (isWithoutDigest || (difference ?? manifestProblem(order.tensors, maxModelBytes)) !== undefined) {
      return this.#decline("corrupt");
    }
    if (!this.#isSigned(order) || !this.#isOfLineage(order)) return this.#decline("unsigned");
    const earlier = order.instruction === "train" ? worker.answerOf(order.round) : undefined;
    if (earlier !== undefined) return this.#begin(order, async () => await this.#uploadAgain(order, await earlier));
    if (order.instruction === "train" && !worker.mayTrain(order.round)) return this.#decline("interrupted");
    if (order.instruction === "train" && this.#isSecure && !(await this.#canMask(order)))
      return this.#decline("policy");
    this.#openDownload(order);
  }

  get #isMasking(): boolean {
    return this.#isSecure || this.#plan.worker.secure !== null;
  }

  /** Whether the site is in this secure round, and is to train with what all sites of it were shown. */
  async #canMask({ round, tensors, config }: Instruction): Promise<boolean> {
    await this.#secureTail;
    const { secure, runId, announced } = this.#plan.worker;
    if (secure === null || runId === null || announced === null) return false;
    return secure.isReady(runId, round, secureTask({ ...announced, model: modelDigest(tensors), config }));
  }

  /** Steps of a secure round are answered beside everything else, and one at a time. */
  #takeSecure(round: number, step: SecureOrderStep): void {
    const { worker } = this.#plan;
    this.#secureTail = this.#secureTail.then(async () => {
      try {
        if (worker.secure === null) throw notSecure();
        const answer = await worker.secure.take(worker.runId ?? "", round, step);
        if (answer !== null) await this.#stream.send({ kind: "secure", round, step: answer });
      } catch (error) {
        await this.#stream.send({ kind: "secure", round, step: { kind: "refused" } });
        this.#plan.onRound(Object.freeze({ round, asked: "train", outcome: "declined", reason: "policy", error }));
      }
    });
  }

  /** An order that a broken line left open is lost, unless this one asks for the same. */
  #settleEarlier({ round, instruction }: Instruction): void {
    const { unsettled } = this.#plan.worker;
    this.#plan.worker.unsettled = null;
    if (unsettled === null || (unsettled.round === round && unsettled.asked === instruction)) return;
    this.#plan.onRound(Object.freeze({ ...unsettled, outcome: "lost", reason: "disconnected" }));
  }

  #isSigned({ instruction, round, config, tensors, signature }: Instruction): boolean {
    const { coordinatorKey, site, worker } = this.#plan;
    if (coordinatorKey === null) return true;
    const model = tensors.length === 0 ? null : modelDigest(tensors);
    const statement = { run: worker.runId ?? "", site, instruction, round, config, model };
    return holdsInstruction(statement, signature, coordinatorKey);
  }

  #isOfLineage({ tensors, lineage }: Instruction): boolean {
    const { coordinatorKey, worker } = this.#plan;
    if (coordinatorKey === null) return true;
    if (lineage === null || lineage.model !== modelDigest(tensors)) return false;
    if (!holdsLineage(worker.runId ?? "", lineage, coordinatorKey)) return false;
    if (lineageBreak(worker.lineage, lineage) !== null) return false;
    worker.lineage = lineage;
    return true;
  }

  #openDownload(order: Instruction): void {
    const { worker } = this.#plan;
    const { partial } = worker;
    worker.partial = null;
    const { tensor, index } = order.from;
    const isFromStart = tensor === 0 && index === 0;
    const isKept = partial?.round === order.round && partial.model === modelDigest(order.tensors);
    const isNext = partial?.download.next.tensor === tensor && partial.download.next.index === index;
    if (isFromStart) this.#download = new Download(order.tensors);
    else if (isKept && isNext) this.#download = partial.download;
    else return this.#breach("chunks from where the site stands");
    const chunks = this.#meter.open();
    if (chunks > 0) void this.#stream.send({ kind: "credit", chunks });
    this.#afterChunk();
  }

  #takeChunk(chunk: ChunkMessage): void {
    this.#download?.take(chunk);
    const chunks = this.#meter.consume();
    if (chunks > 0) void this.#stream.send({ kind: "credit", chunks });
    this.#afterChunk();
  }

  #afterChunk(): void {
    const [download, order] = [this.#download, this.#order];
    if (download === null || order === null || download.state === "coming") return;
    this.#download = null;
    this.#meter.close();
    if (download.state === "spoiled") return this.#decline("corrupt");
    const parameters = download.parameters();
    this.#begin(order, async () => await this.#answer(order, parameters));
  }

  #takeResume({ round, tensor, index }: CoordinatorMessage & { kind: "resume" }): void {
    if (this.#resume === null || round !== this.#order?.round) return this.#breach("resume of what was begun");
    this.#resume({ tensor, index });
    this.#resume = null;
  }

  #takeReject({ round, reason, text }: CoordinatorMessage & { kind: "reject" }): void {
    if (this.isWelcome && round === this.#order?.round) {
      this.#isUploadRefused = true;
      this.#resume?.(null);
      return this.#report("rejected", reason);
    }
    // about an answer that was settled before: nothing is under way that it could stop
    if (this.isWelcome && reason !== "protocol") return;
    // the broken stream that this one follows may not be noticed yet: a case for another try
    if (reason === "duplicate-site" && this.#isAgain) {
      this.isEarly = true;
      return this.#stream.end();
    }
    this.#fail(
      new PrivacyError("protocol_violation", `the coordinator refused this site: ${text}`, { rule: reason, round }),
    );
  }

  /** Runs the site's own code beside the reading of the stream. */
  #begin(order: Instruction, work: () => Promise<void>): void {
    this.#isUploadRefused = false;
    work().catch((error: unknown) => {
      if (this.#order !== order) return;
      this.#decline(declineReason(error), error);
    });
  }

  #configOf({ config, round }: Instruction): ClientConfig {
    return Object.freeze({ ...config, round });
  }

  async #initial(order: Instruction): Promise<void> {
    await this.#upload(order, await this.#plan.worker.initialAnswer(this.#configOf(order)));
  }

  async #answer(order: Instruction, parameters: Parameters): Promise<void> {
    const { worker } = this.#plan;
    const config = this.#configOf(order);
    if (order.instruction === "train") {
      return await this.#upload(order, await worker.train(order.round, parameters, config, this.#isSecure));
    }
    const { loss, metrics } = await worker.evaluate(parameters, config);
    const reported = { ...metrics, ...(loss === undefined ? {} : { loss }) };
    if (!areNumbers(reported)) throw refusedMetrics();
    await this.#stream.send({ kind: "evaluation", round: order.round, metrics: reported });
  }

  /** What an earlier process made may not be masked: then it stays here. */
  async #uploadAgain(order: Instruction, answer: Answer): Promise<void> {
    if (this.#isMasking && !isMasked(answer.manifest)) throw notSecure();
    await this.#upload(order, answer);
  }

  async #upload(order: Instruction, { round, stepsTaken, privacy, manifest, chunks }: Answer): Promise<void> {
    if (this.#isClosed || this.#order !== order) return;
    const isAgain = order.instruction === "train" && this.#plan.worker.offer(round);
    this.#gate.reset();
    const resumed = isAgain ? new Promise<ChunkPlace | null>((resolve) => (this.#resume = resolve)) : null;
    const facts = { round, stepsTaken, privacy, tensors: manifest };
    const { sign, site, worker } = this.#plan;
    const signed = sign === undefined ? {} : { report: sign({ run: worker.runId ?? "", site, header: facts }) };
    await this.#stream.send({ kind: "update-header", ...facts, isAgain, ...signed });
    const from = resumed === null ? { tensor: 0, index: 0 } : await resumed;
    if (this.#isClosed) return;
    if (from !== null) await this.#sendChunks(chunks(from));
    if (this.#isClosed) return;
    await this.#stream.send({ kind: "update-end", round, complete: from !== null && !this.#isUploadRefused });
  }

  async #sendChunks(chunks: ReturnType<Answer["chunks"]>): Promise<void> {
    const hand = new SendLimit(chunksInHand).transfer();
    for await (const chunk of chunks) {
      if (this.#isUploadRefused || !(await this.#gate.take())) return;
      await hand(async () => await this.#stream.send({ kind: "chunk", ...chunk }));
    }
  }

  #decline(reason: DeclineReason, error?: unknown): void {
    const round = this.#order?.round;
    if (round === undefined || this.#isClosed) return;
    void this.#stream.send({ kind: "declined", round, reason });
    this.#report("declined", reason, error);
  }

  /** Notes how the order ended; the next may come. */
  #report(outcome: ClientRound["outcome"], reason: ClientRound["reason"], error?: unknown): void {
    const order = this.#order;
    if (order === null || order.instruction === "stop") return;
    this.#order = null;
    this.#download = null;
    const entry = { round: order.round, asked: order.instruction, outcome, reason };
    this.#plan.onRound(Object.freeze(error === undefined ? entry : { ...entry, error }));
  }

  #breach(rule: string): void {
    const text = `${rule} was wanted from the coordinator; check that both sides run the same release`;
    this.#fail(new PrivacyError("protocol_violation", text, { rule, round: this.#order?.round ?? 0 }));
  }

  #fail(error: unknown): void {
    this.outcome ??= { kind: "failed", error };
    this.closed();
    this.#stream.end();
  }
}

function declineReason(error: unknown): DeclineReason {
  if (!isPrivacyError(error)) return "client-error";
  if (error.code === "policy_refused") return "policy";
  return error.code === "budget_exceeded" ? "budget" : "client-error";
}

function notSecure(): PrivacyError<"policy_refused"> {
  const text =
    "a run was wanted whose updates travel masked where the site has secure aggregation set up, and only there; the site does not take part";
  return new PrivacyError("policy_refused", text, { rule: "secure aggregation" });
}

function refusedMetrics(): PrivacyError<"invalid_argument"> {
  const expected = "at most 64 finite numbers under plain names";
  const text = `evaluate() must give ${expected}, got others; leave out what is an array, text or not finite`;
  return new PrivacyError("invalid_argument", text, { argument: "metrics", expected });
}
