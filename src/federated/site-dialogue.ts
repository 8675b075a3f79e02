import { rm } from "node:fs/promises";
import { PrivacyError } from "../core/index.ts";
import type { Coordinator, Order, SiteLink } from "./coordinator.ts";
import { CreditGate, CreditMeter } from "./credit.ts";
import { isWeight } from "./weight.ts";
import {
  type ChunkMessage,
  type CoordinatorMessage,
  type Numbers,
  type SiteMessage,
  type UpdateHeader,
  areNumbers,
  isSiteName,
  protocolVersion,
} from "./messages.ts";
import { type RejectReason, rejectText } from "./reject-reason.ts";
import { isSitePrivacy } from "./site-privacy.ts";
import { UpdateIntake } from "./update-intake.ts";

/** What a dialogue needs of the run besides the coordinator. */
export interface DialogueRun {
  readonly coordinator: Coordinator;
  readonly runId: string;
  readonly topologyJson: string;
}

/** The stream under a dialogue. `send` resolves when the transport takes more, also after the stream broke. */
export interface DialogueStream {
  readonly send: (message: CoordinatorMessage) => Promise<void>;
  /** Ends the stream after what was sent. */
  readonly end: () => void;
  /** Ends it with the status that stands for the error. */
  readonly refuse: (error: PrivacyError) => void;
}

/** An update that is coming in; `refusal` once it is known to be no good, and its rest is only counted. */
interface Incoming {
  readonly header: UpdateHeader;
  /** Whether it answers what was asked, and so settles the site's seat. */
  readonly isAnswer: boolean;
  intake: UpdateIntake | null;
  refusal: RejectReason | null;
}

/**
 * The coordinator's half of the conversation with one site: the order of messages, credit, and every check of what the
 * site sends. Give it messages one at a time; it never throws because of what a site sent.
 */
export class SiteDialogue implements SiteLink {
  site = "";
  canEvaluate = false;
  readonly #run: DialogueRun;
  readonly #stream: DialogueStream;
  readonly #gate = new CreditGate();
  readonly #meter = new CreditMeter();
  #order: Order | null = null;
  #lastAnswered = -1;
  #incoming: Incoming | null = null;
  #isJoined = false;
  #isEnded = false;

  constructor(run: DialogueRun, stream: DialogueStream) {
    this.#run = run;
    this.#stream = stream;
  }

  async receive(message: SiteMessage): Promise<void> {
    if (this.#isEnded) return;
    if (message.kind === "malformed" || (message.kind === "join") === this.#isJoined) {
      await this.#hangUp("protocol");
      return;
    }
    switch (message.kind) {
      case "join":
        return await this.#join(message);
      case "update-header":
        return await this.#openUpdate(message);
      case "chunk":
        return await this.#takeChunk(message);
      case "update-end":
        return await this.#closeUpdate(message.round, message.complete);
      case "evaluation":
        return await this.#takeEvaluation(message.round, message.metrics);
      case "declined":
        if (this.#order?.round !== message.round || this.#incoming !== null) return await this.#hangUp("protocol");
        this.#run.coordinator.declined(this, message.round, message.reason);
        return this.#answered();
      case "credit":
        if (this.#gate.grant(message.chunks)) this.#run.coordinator.progress(this);
        return;
      case "leave":
        return this.#leave();
    }
  }

  /** The stream is gone. */
  async closed(): Promise<void> {
    this.#leave();
    await this.#incoming?.intake?.discard();
    this.#incoming = null;
  }

  instruct(order: Order): void {
    this.#order = order;
    this.#sendOrder(order).catch((error: unknown) => this.#run.coordinator.fail(error));
  }

  stop(): void {
    this.#order = null;
    this.#gate.close();
    this.#send({ kind: "instruction", instruction: "stop", round: 0, config: {}, tensors: [] });
  }

  /** For small messages: the window of the transport, not the sender, is what would be waited for. */
  #send(message: CoordinatorMessage): void {
    if (!this.#isEnded) void this.#stream.send(message);
  }

  #leave(): void {
    this.#isEnded = true;
    this.#gate.close();
    if (this.#isJoined) this.#run.coordinator.leave(this);
  }

  async #hangUp(reason: RejectReason): Promise<void> {
    this.#send({ kind: "reject", round: 0, reason, text: rejectText[reason] });
    await this.closed();
    this.#stream.refuse(new PrivacyError("protocol_violation", rejectText[reason], { rule: reason, round: 0 }));
  }

  async #join(message: SiteMessage & { kind: "join" }): Promise<void> {
    const { coordinator, runId, topologyJson } = this.#run;
    if (message.protocolVersion !== protocolVersion) return await this.#hangUp("version");
    if (!isSiteName(message.site) || !isWeight(message.weight)) return await this.#hangUp("site");
    const weight = coordinator.admit(message.site, message.weight);
    if (typeof weight !== "number") return await this.#hangUp(weight);
    this.site = message.site;
    this.canEvaluate = message.capabilities.includes("evaluate");
    this.#isJoined = true;
    // in the welcome a tensor has no digest: that comes with each instruction
    const tensors = (coordinator.model?.manifest ?? []).map(({ name, dtype, shape }) => ({ name, dtype, shape }));
    const { rounds } = coordinator.options;
    this.#send({ kind: "welcome", protocolVersion, runId, rounds, topologyJson, tensors });
    coordinator.join(this, weight);
  }

  async #sendOrder(order: Order): Promise<void> {
    const { kind, round, config, model } = order;
    this.#send({ kind: "instruction", instruction: kind, round, config, tensors: model?.manifest ?? [] });
    if (model === null) return;
    for await (const chunk of model.chunks()) {
      if (!(await this.#gate.take())) return;
      // the site may have answered before it had everything
      if (this.#order !== order) return void this.#gate.grant(1);
      await this.#stream.send({ kind: "chunk", ...chunk });
    }
  }

  async #openUpdate(header: UpdateHeader): Promise<void> {
    if (this.#incoming !== null) return await this.#hangUp("protocol");
    const isDuplicate = header.round === this.#lastAnswered;
    const incoming: Incoming = { header, isAnswer: this.#order !== null && !isDuplicate, intake: null, refusal: null };
    this.#incoming = incoming;
    const intake = this.#headerProblem(header, isDuplicate) ?? (await this.#beginIntake(header));
    if (intake instanceof UpdateIntake) incoming.intake = intake;
    else this.#refuse(incoming, intake);
  }

  #headerProblem(header: UpdateHeader, isDuplicate: boolean): RejectReason | undefined {
    const order = this.#order;
    if (isDuplicate) return "duplicate";
    if (order === null || order.kind === "evaluate" || order.round !== header.round) return "other-round";
    if (!this.#run.coordinator.isAwaiting(this.site, header.round)) return "late";
    return header.privacy === null || isSitePrivacy(header.privacy) ? undefined : "statement";
  }

  async #beginIntake(header: UpdateHeader): Promise<UpdateIntake | RejectReason> {
    const { coordinator } = this.#run;
    const plan = { maxBytes: coordinator.options.maxModelBytes, path: coordinator.spoolPath() };
    const agreed = this.#order?.model?.manifest ?? null;
    return await UpdateIntake.begin({ ...plan, agreed }, header.tensors);
  }

  /** Tells the site at once, so that it can stop sending; the seat is settled when the update ends. */
  #refuse(incoming: Incoming, reason: RejectReason): void {
    incoming.refusal = reason;
    this.#send({ kind: "reject", round: incoming.header.round, reason, text: rejectText[reason] });
  }

  async #takeChunk({ tensor, index, data }: ChunkMessage): Promise<void> {
    const incoming = this.#incoming;
    if (incoming === null) return await this.#hangUp("protocol");
    if (incoming.intake !== null) {
      const problem = await incoming.intake.take(tensor, index, data);
      if (problem !== undefined) await this.#spoil(incoming, problem);
      // what follows a refusal is no progress: a site can not hold a round open with junk
      else if (incoming.isAnswer) this.#run.coordinator.progress(this);
    }
    const chunks = this.#meter.consume();
    if (chunks > 0) this.#send({ kind: "credit", chunks });
  }

  async #spoil(incoming: Incoming, reason: RejectReason): Promise<void> {
    const { intake } = incoming;
    incoming.intake = null;
    this.#refuse(incoming, reason);
    await intake?.discard();
  }

  async #closeUpdate(round: number, isComplete: boolean): Promise<void> {
    const incoming = this.#incoming;
    if (incoming === null || incoming.header.round !== round) return await this.#hangUp("protocol");
    if (incoming.intake !== null) {
      const problem = isComplete ? await incoming.intake.finish() : "incomplete";
      if (problem !== undefined) await this.#spoil(incoming, problem);
    }
    this.#incoming = null;
    if (incoming.intake !== null) await this.#deliver(incoming.header, incoming.intake);
    else if (incoming.isAnswer && this.#order !== null) {
      this.#run.coordinator.rejected(this, this.#order.round, incoming.refusal ?? "protocol");
      this.#answered();
    }
  }

  async #deliver(header: UpdateHeader, { path, manifest }: UpdateIntake): Promise<void> {
    const { round, stepsTaken, privacy } = header;
    const isInTime = this.#run.coordinator.deliver(this, { round, path, tensors: manifest, stepsTaken, privacy });
    if (isInTime) this.#send({ kind: "receipt", round });
    else this.#send({ kind: "reject", round, reason: "late", text: rejectText.late });
    this.#answered();
    if (!isInTime) await rm(path, { force: true });
  }

  async #takeEvaluation(round: number, metrics: Numbers): Promise<void> {
    if (this.#order?.kind !== "evaluate" || this.#order.round !== round) return await this.#hangUp("protocol");
    if (!areNumbers(metrics)) {
      this.#send({ kind: "reject", round, reason: "statement", text: rejectText.statement });
      this.#run.coordinator.rejected(this, round, "statement");
    } else if (this.#run.coordinator.evaluated(this, round, metrics)) this.#send({ kind: "receipt", round });
    else this.#send({ kind: "reject", round, reason: "late", text: rejectText.late });
    this.#answered();
  }

  /** The site can be asked again. */
  #answered(): void {
    // an evaluation of a round is no second update of it
    if (this.#order !== null && this.#order.kind !== "evaluate") this.#lastAnswered = this.#order.round;
    this.#order = null;
    this.#run.coordinator.ready(this);
  }
}
