import { PrivacyError, invalidArgument, isPrivacyError, parseSteps } from "../core/index.ts";
import type { ClientConfig, ClientRound, FederatedClient, FitResult } from "./client.ts";
import { CreditGate, CreditMeter } from "./credit.ts";
import { Download } from "./download.ts";
import { type Manifest, chunkBytes, manifestDifference, manifestProblem, outgoingTensors } from "./manifest.ts";
import {
  type ChunkMessage,
  type CoordinatorMessage,
  type DeclineReason,
  type SiteMessage,
  areNumbers,
  isRunId,
  maxUint32,
  protocolVersion,
} from "./messages.ts";
import type { Parameters } from "./parameters.ts";
import { isSitePrivacy } from "./site-privacy.ts";

/** What a session needs besides the stream. */
export interface SessionPlan {
  readonly site: string;
  readonly weight: number;
  /** True when the site file declares evaluation data public. */
  readonly hasPublicEvaluation: boolean;
  readonly client: FederatedClient;
  readonly maxModelBytes: number;
  /** The run of the stream before this one, if there was one: another is refused. */
  readonly expectedRunId: string | null;
  readonly onRound: (round: ClientRound) => void;
}

/** The stream under a session. */
export interface SessionStream {
  readonly send: (message: SiteMessage) => Promise<void>;
  readonly end: () => void;
}

type Instruction = CoordinatorMessage & { readonly kind: "instruction" };

/** The site's half of the conversation over one stream. Give it messages one at a time. */
export class SiteSession {
  runId: string | null = null;
  /** Set when the stream must not be tried again: the run ended, or this is what went wrong. */
  outcome: { readonly kind: "stopped" } | { readonly kind: "failed"; readonly error: unknown } | null = null;
  readonly #plan: SessionPlan;
  readonly #stream: SessionStream;
  readonly #gate = new CreditGate();
  readonly #meter = new CreditMeter();
  #agreed: Manifest = [];
  #order: Instruction | null = null;
  #download: Download | null = null;
  #work: Promise<void> = Promise.resolve();
  #isUploadRefused = false;
  #isClosed = false;

  constructor(plan: SessionPlan, stream: SessionStream) {
    this.#plan = plan;
    this.#stream = stream;
  }

  async start(): Promise<void> {
    const { site, weight, hasPublicEvaluation } = this.#plan;
    const capabilities = hasPublicEvaluation ? ["train", "evaluate"] : ["train"];
    await this.#stream.send({ kind: "join", protocolVersion, site, capabilities, weight });
  }

  async receive(message: CoordinatorMessage): Promise<void> {
    if (this.#isClosed) return;
    const isGreeting = message.kind === "welcome" || message.kind === "reject";
    if (message.kind === "malformed" || (this.runId === null && !isGreeting)) return this.#breach("messages in order");
    switch (message.kind) {
      case "welcome":
        return await this.#greet(message);
      case "instruction":
        return await this.#obey(message);
      case "chunk":
        return this.#takeChunk(message);
      case "credit":
        return void this.#gate.grant(message.chunks);
      case "reject":
        return this.#takeReject(message);
      case "receipt":
        return this.#report("accepted", null);
    }
  }

  /** The stream is gone: what is under way is lost, but is waited for by `settled`. */
  closed(): void {
    this.#isClosed = true;
    this.#gate.close();
    if (this.#order !== null) this.#report("lost", "disconnected");
  }

  /** Resolves when no code of the site runs any more. */
  async settled(): Promise<void> {
    await this.#work;
  }

  async #greet(message: CoordinatorMessage & { kind: "welcome" }): Promise<void> {
    const { expectedRunId, client } = this.#plan;
    const { runId, rounds, topologyJson, tensors } = message;
    if (this.runId !== null || message.protocolVersion !== protocolVersion)
      return this.#breach("one welcome, version 1");
    if (!isRunId(runId)) return this.#breach("a run id of letters, digits and dashes");
    if (expectedRunId !== null && expectedRunId !== runId) return this.#breach("the same run after a broken stream");
    this.runId = runId;
    this.#agreed = tensors;
    try {
      await client.prepare?.({ runId, rounds, topologyJson, tensors });
    } catch (error) {
      this.#fail(error);
    }
  }

  async #obey(order: Instruction): Promise<void> {
    if (order.instruction === "stop") {
      this.outcome = { kind: "stopped" };
      await this.#stream.send({ kind: "leave" });
      return this.#stream.end();
    }
    if (this.#order !== null) return this.#breach("one instruction at a time");
    this.#order = order;
    if (order.instruction === "initial-parameters") return this.#begin(order, []);
    if (order.instruction === "evaluate" && !this.#plan.hasPublicEvaluation) return this.#decline("not-available");
    const difference = this.#agreed.length === 0 ? undefined : manifestDifference(this.#agreed, order.tensors);
    if ((difference ?? manifestProblem(order.tensors, this.#plan.maxModelBytes)) !== undefined) {
      return this.#decline("corrupt");
    }
    this.#download = new Download(order.tensors);
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
    if (download.state === "spoiled") return this.#decline("corrupt");
    this.#begin(order, download.parameters());
  }

  #takeReject({ round, reason, text }: CoordinatorMessage & { kind: "reject" }): void {
    if (this.runId !== null && round === this.#order?.round) {
      this.#isUploadRefused = true;
      return this.#report("rejected", reason);
    }
    // about an answer that was settled before: nothing is under way that it could stop
    if (this.runId !== null && reason !== "protocol") return;
    // the broken stream that this one follows may not be noticed yet: a case for another try
    if (reason === "duplicate-site" && this.#plan.expectedRunId !== null) return this.#stream.end();
    this.#fail(
      new PrivacyError("protocol_violation", `the coordinator refused this site: ${text}`, { rule: reason, round }),
    );
  }

  /** Runs the site's own code beside the reading of the stream. */
  #begin(order: Instruction, parameters: Parameters): void {
    this.#isUploadRefused = false;
    this.#work = this.#answer(order, parameters).catch((error: unknown) => {
      const isBudget = isPrivacyError(error) && error.code === "budget_exceeded";
      this.#decline(isBudget ? "budget" : "client-error", error);
    });
  }

  async #answer(order: Instruction, parameters: Parameters): Promise<void> {
    const { client } = this.#plan;
    const config: ClientConfig = Object.freeze({ ...order.config, round: order.round });
    if (order.instruction === "evaluate") {
      const { loss, metrics } = await client.evaluate(parameters, config);
      const reported = { ...metrics, ...(loss === undefined ? {} : { loss }) };
      if (!areNumbers(reported)) throw refusedMetrics();
      return await this.#stream.send({ kind: "evaluation", round: order.round, metrics: reported });
    }
    const isTraining = order.instruction === "train";
    const result = await (isTraining ? client.fit(parameters, config) : client.getParameters(config));
    await this.#upload(order, isFitResult(result) ? result : { parameters: result });
  }

  async #upload({ round }: Instruction, result: FitResult): Promise<void> {
    const { manifest, bytes } = outgoingTensors(result.parameters, "fit().parameters");
    const { stepsTaken = 0, privacy = null } = result;
    if (parseSteps(stepsTaken, "fit().stepsTaken") > maxUint32 || (privacy !== null && !isSitePrivacy(privacy))) {
      throw invalidArgument("fit().privacy", "ordered bounds, a delta in (0, 1), a known relation and unit", "others");
    }
    const facts = { round, stepsTaken, privacy };
    await this.#stream.send({ kind: "update-header", ...facts, tensors: manifest });
    for (const [tensor, all] of bytes.entries()) {
      for (let index = 0; index * chunkBytes < all.length && !this.#isUploadRefused; index++) {
        if (!(await this.#gate.take())) return;
        const data = all.subarray(index * chunkBytes, (index + 1) * chunkBytes);
        await this.#stream.send({ kind: "chunk", tensor, index, data });
      }
    }
    const complete = !this.#isUploadRefused;
    await this.#stream.send({ kind: "update-end", round, complete });
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

function isFitResult(result: FitResult | Parameters): result is FitResult {
  return !Array.isArray(result);
}

function refusedMetrics(): PrivacyError<"invalid_argument"> {
  const expected = "at most 64 finite numbers under plain names";
  const text = `evaluate() must give ${expected}, got others; leave out what is an array, text or not finite`;
  return new PrivacyError("invalid_argument", text, { argument: "metrics", expected });
}
