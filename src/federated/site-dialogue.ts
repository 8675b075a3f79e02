import type { KeyObject } from "node:crypto";
import { type NotPrivate, PrivacyError } from "../core/index.ts";
import { CreditGate, CreditMeter, type CreditPool } from "./credit.ts";
import type { Desk, Order, SiteLink } from "./desk.ts";
import { type Lineage, signInstruction } from "./lineage.ts";
import { isSameModel } from "./manifest.ts";
import {
  type ChunkMessage,
  type ChunkPlace,
  type CoordinatorMessage,
  type HeldModel,
  type InstructionKind,
  type Numbers,
  type SiteMessage,
  type UpdateHeader,
  areNumbers,
  isSiteName,
  protocolVersion,
} from "./messages.ts";
import { type SitePeer, holdsReport } from "./epsilon-report.ts";
import type { ModelFile } from "./model-file.ts";
import { type RejectReason, rejectText } from "./reject-reason.ts";
import type { SignedDispute } from "./secagg/index.ts";
import type { SecureOrderStep } from "./secure-messages.ts";
import type { SendLimit } from "./send-limit.ts";
import type { SiteNoise } from "./site-noise.ts";
import { isSitePrivacy } from "./site-privacy.ts";
import { removeSpool } from "./spool-disk.ts";
import { UpdateIntake } from "./update-intake.ts";
import { isWeight } from "./weight.ts";

const firstPlace: ChunkPlace = { tensor: 0, index: 0 };

/** What a dialogue needs of the run. */
export interface DialogueRun {
  readonly desk: Desk;
  readonly runId: string;
  readonly topologyJson: string;
  /** Ed25519; null: instructions are not signed. */
  readonly signingKey: KeyObject | null;
  /** Room for uploads under way. */
  readonly uploads: CreditPool;
  /** Chunks on their way down, of all sites together. */
  readonly downloads: SendLimit;
  /** What is told to sites of the rounds, for their policies. */
  readonly claims?: { readonly minClients: number; readonly isSecure: boolean; readonly siteNoise?: SiteNoise };
  /** Who the transport says that this is; absent where sites do not identify themselves. */
  readonly peer?: SitePeer;
  /** Is told what this side accepted and refused, for its audit trail. */
  readonly witness?: DialogueWitness;
}

/** Who is told what a dialogue accepted and refused. */
export interface DialogueWitness {
  readonly opened: (site: string) => void;
  readonly refused: (site: string, reason: RejectReason) => void;
  readonly received: (site: string, header: UpdateHeader, reason: RejectReason | null) => void;
  /** Told of a box of a secure round that its site says does not open. */
  readonly disputed?: (round: number, dispute: SignedDispute) => void;
  /** Told who was drawn where the site is the unit: the price counts on nobody else knowing. So it does for `received` there. */
  readonly drawn?: (round: number, sites: NotPrivate<readonly string[]>) => void;
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
  readonly #meter: CreditMeter;
  #held: HeldModel | null = null;
  #order: Order | null = null;
  #isAnswering = false;
  #lastAnswered = -1;
  #incoming: Incoming | null = null;
  #isJoined = false;
  #isEnded = false;

  constructor(run: DialogueRun, stream: DialogueStream) {
    this.#run = run;
    this.#stream = stream;
    this.#meter = new CreditMeter(run.uploads);
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
        this.#run.desk.declined(this, message.round, message.reason);
        return this.#answered();
      case "credit":
        if (this.#gate.grant(message.chunks)) this.#run.desk.progress(this);
        return;
      case "secure":
        return this.#run.desk.secureAnswer(this, message.round, message.step);
      case "leave":
        return await this.#leave(false);
    }
  }

  /** The stream is gone; what the site had begun waits for it. */
  async closed(): Promise<void> {
    await this.#leave(true);
  }

  instruct(order: Order): void {
    this.#order = order;
    this.#isAnswering = false;
    this.#sendOrder(order).catch((error: unknown) => this.#run.desk.fail(error));
  }

  get identity(): KeyObject | null {
    return this.#run.peer?.publicKey ?? null;
  }

  secure(round: number, step: SecureOrderStep): void {
    this.#send({ kind: "secure", round, step });
  }

  stop(): void {
    this.#order = null;
    this.#gate.close();
    this.#send(this.#instruction("stop", 0, {}, null, null));
  }

  drop(): void {
    this.#order = null;
    this.#gate.close();
    this.#stream.end();
  }

  /** For small messages: the window of the transport, not the sender, is what would be waited for. */
  #send(message: CoordinatorMessage): void {
    if (!this.#isEnded) void this.#stream.send(message);
  }

  async #leave(mayReturn: boolean): Promise<void> {
    const { desk } = this.#run;
    const incoming = this.#incoming;
    this.#isEnded = true;
    this.#incoming = null;
    this.#gate.close();
    this.#meter.close();
    if (this.#isJoined) desk.leave(this, mayReturn);
    if (incoming?.intake == null) return;
    if (mayReturn) await desk.park(this.site, incoming.header.round, incoming.intake);
    else await incoming.intake.discard();
  }

  async #hangUp(reason: RejectReason): Promise<void> {
    this.#run.witness?.refused(this.site, reason);
    this.#send({ kind: "reject", round: 0, reason, text: rejectText[reason] });
    await this.#leave(false);
    this.#stream.refuse(new PrivacyError("protocol_violation", rejectText[reason], { rule: reason, round: 0 }));
  }

  async #join(message: SiteMessage & { kind: "join" }): Promise<void> {
    const { desk, peer, witness } = this.#run;
    if (message.protocolVersion !== protocolVersion) return await this.#hangUp("version");
    if (!isSiteName(message.site) || !isWeight(message.weight)) return await this.#hangUp("site");
    // the name is a claim; the certificate is not
    if (peer !== undefined && peer.site !== message.site) return await this.#hangUp("identity");
    if (message.capabilities.includes("inspect")) return this.#show();
    const weight = desk.admit(message.site, message.weight);
    if (weight === null) {
      this.#isEnded = true;
      return this.#stream.end();
    }
    if (typeof weight !== "number") return await this.#hangUp(weight);
    this.site = message.site;
    this.#held = message.held;
    this.canEvaluate = message.capabilities.includes("evaluate");
    this.#isJoined = true;
    this.#greet();
    witness?.opened(this.site);
    desk.join(this, weight);
  }

  #greet(): void {
    const { desk, runId, topologyJson, claims } = this.#run;
    // in the welcome a tensor has no digest: that comes with each instruction
    const tensors = (desk.manifest ?? []).map(({ name, dtype, shape }) => ({ name, dtype, shape }));
    this.#send({ kind: "welcome", protocolVersion, runId, rounds: desk.rounds, topologyJson, tensors, ...claims });
  }

  /** For a site that only wants to see what it would join: it takes no seat. */
  #show(): void {
    this.#greet();
    this.#isEnded = true;
    this.#stream.end();
  }

  #instruction(
    instruction: InstructionKind,
    round: number,
    config: Numbers,
    model: ModelFile | null,
    lineage: Lineage | null,
  ): CoordinatorMessage & { kind: "instruction" } {
    const { runId: run, signingKey } = this.#run;
    const statement = { run, site: this.site, instruction, round, config, model: model?.digest ?? null };
    const signature = signingKey === null ? new Uint8Array() : signInstruction(statement, signingKey);
    const tensors = model?.manifest ?? [];
    return { kind: "instruction", instruction, round, config, tensors, from: firstPlace, lineage, signature };
  }

  async #sendOrder(order: Order): Promise<void> {
    const { kind, round, config, model, lineage } = order;
    const held = this.#held?.round === round && this.#held.model === model?.digest ? this.#held : firstPlace;
    this.#held = null;
    const from = { tensor: held.tensor, index: held.index };
    this.#gate.reset();
    this.#send({ ...this.#instruction(kind, round, config, model, lineage), from });
    if (model === null) return;
    // the site may answer before it has everything, also while a chunk waits
    const isWanted = (): boolean => this.#order === order && !this.#isAnswering;
    const hand = this.#run.downloads.transfer();
    for await (const chunk of model.chunks(from)) {
      if (!(await this.#gate.take())) return;
      if (!isWanted()) return void this.#gate.grant(1);
      await hand(async () => {
        if (isWanted()) await this.#stream.send({ kind: "chunk", ...chunk });
      });
    }
  }

  async #openUpdate(header: UpdateHeader): Promise<void> {
    if (this.#incoming !== null) return await this.#hangUp("protocol");
    this.#isAnswering = true;
    const isDuplicate = header.round === this.#lastAnswered;
    const incoming: Incoming = { header, isAnswer: this.#order !== null && !isDuplicate, intake: null, refusal: null };
    this.#incoming = incoming;
    const intake = this.#headerProblem(header, isDuplicate) ?? (await this.#beginIntake(header));
    if (!(intake instanceof UpdateIntake)) return this.#refuse(incoming, intake);
    incoming.intake = intake;
    if (header.isAgain) this.#send({ kind: "resume", round: header.round, ...intake.next });
    const chunks = this.#meter.open();
    if (chunks > 0) this.#send({ kind: "credit", chunks });
  }

  #headerProblem(header: UpdateHeader, isDuplicate: boolean): RejectReason | undefined {
    const order = this.#order;
    if (isDuplicate) return "duplicate";
    if (order === null || order.kind === "evaluate" || order.round !== header.round) return "other-round";
    if (!this.#run.desk.isAwaiting(this.site, header.round)) return "late";
    if (header.privacy !== null && !isSitePrivacy(header.privacy)) return "statement";
    const { peer, runId: run } = this.#run;
    return peer === undefined || holdsReport(header.report, { run, site: peer.site, header }, peer.publicKey)
      ? undefined
      : "report";
  }

  async #beginIntake(header: UpdateHeader): Promise<UpdateIntake | RejectReason> {
    const { desk } = this.#run;
    const kept = await desk.unpark(this.site, header.round);
    if (kept !== null && header.isAgain && isSameModel(kept.manifest, header.tensors)) return kept;
    await kept?.discard();
    const owner = desk.isDurable && this.#order?.kind === "train" ? { site: this.site, round: header.round } : null;
    const plan = { maxBytes: desk.maxModelBytes, path: desk.updatePath(), owner, isHeld: !desk.isDurable };
    const agreed = this.#order?.answer ?? this.#order?.model?.manifest ?? null;
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
      else if (incoming.isAnswer) this.#run.desk.progress(this);
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
      const problem = isComplete ? await incoming.intake.finish(this.#run.desk.isDurable) : "incomplete";
      if (problem !== undefined) await this.#spoil(incoming, problem);
    }
    this.#incoming = null;
    this.#meter.close();
    if (incoming.intake !== null) await this.#deliver(incoming.header, incoming.intake);
    else if (incoming.isAnswer && this.#order !== null) {
      this.#run.witness?.received(this.site, incoming.header, incoming.refusal ?? "protocol");
      this.#run.desk.rejected(this, this.#order.round, incoming.refusal ?? "protocol");
      this.#answered();
    }
  }

  async #deliver(header: UpdateHeader, intake: UpdateIntake): Promise<void> {
    const { path, manifest } = intake;
    const { round, stepsTaken, privacy } = header;
    const isInTime = await this.#run.desk.deliver(this, { round, path, tensors: manifest, stepsTaken, privacy });
    if (isInTime) this.#send({ kind: "receipt", round });
    else this.#send({ kind: "reject", round, reason: "late", text: rejectText.late });
    this.#run.witness?.received(this.site, header, isInTime ? null : "late");
    this.#answered();
    await intake.removeNotes();
    if (!isInTime) await removeSpool(path);
  }

  async #takeEvaluation(round: number, metrics: Numbers): Promise<void> {
    if (this.#order?.kind !== "evaluate" || this.#order.round !== round) return await this.#hangUp("protocol");
    if (!areNumbers(metrics)) {
      this.#send({ kind: "reject", round, reason: "statement", text: rejectText.statement });
      this.#run.desk.rejected(this, round, "statement");
    } else if (this.#run.desk.evaluated(this, round, metrics)) this.#send({ kind: "receipt", round });
    else this.#send({ kind: "reject", round, reason: "late", text: rejectText.late });
    this.#answered();
  }

  /** The site can be asked again. */
  #answered(): void {
    // an evaluation of a round is no second update of it
    if (this.#order !== null && this.#order.kind !== "evaluate") this.#lastAnswered = this.#order.round;
    this.#order = null;
    this.#run.desk.ready(this);
  }
}
