import type { KeyObject } from "node:crypto";
import type { Delivery } from "./delivery.ts";
import type { Lineage } from "./lineage.ts";
import type { Manifest } from "./manifest.ts";
import type { Numbers } from "./messages.ts";
import type { ModelFile } from "./model-file.ts";
import type { FailureReason, RejectReason } from "./reject-reason.ts";
import type { SecureAnswerStep, SecureOrderStep } from "./secure-messages.ts";
import type { UpdateIntake } from "./update-intake.ts";

/** What a site is asked to do. */
export interface Order {
  readonly kind: "train" | "evaluate" | "initial-parameters";
  /** 0 for initial parameters. */
  readonly round: number;
  readonly config: Numbers;
  /** What the site starts from; null when it is asked for parameters. */
  readonly model: ModelFile | null;
  /** Where the model comes from; null without a key. */
  readonly lineage: Lineage | null;
  /** What an update must look like where it is not the model's manifest: masked in a secure round. */
  readonly answer?: Manifest;
}

/** One connected site, as its desk sees it. */
export interface SiteLink {
  readonly site: string;
  readonly canEvaluate: boolean;
  /** Ed25519, from the site's certificate; null where sites do not identify themselves. */
  readonly identity: KeyObject | null;
  /** Begins to send the order; whatever goes wrong shows as `leave`. */
  instruct(order: Order): void;
  /** Sends one step of a secure round. */
  secure(round: number, step: SecureOrderStep): void;
  /** Says that the run is over. */
  stop(): void;
  /** Ends the stream without a word: the site comes back, and finds the process that goes on with the run. */
  drop(): void;
}

/** What a dialogue with a site reports to: rounds or a buffer, it need not know. */
export interface Desk {
  /** No model or update may be larger, in bytes. */
  readonly maxModelBytes: number;
  /** Rounds that are announced to sites. */
  readonly rounds: number;
  /** Whether an update must be on the disk before its receipt, and a half-received one outlives the coordinator. */
  readonly isDurable: boolean;
  /** Every tensor that travels; null before there is a model. */
  readonly manifest: Manifest | null;
  /** The weight of a site that may come in, or why it may not; null: the process that goes on with the run will say. */
  admit(site: string, declaredWeight: number): number | RejectReason | null;
  join(link: SiteLink, weight: number): void;
  /** @param mayReturn - true where the line broke: what it has begun waits for it. */
  leave(link: SiteLink, mayReturn: boolean): void;
  progress(link: SiteLink): void;
  /** True while an answer for this round from this site would still count. */
  isAwaiting(site: string, round: number): boolean;
  /** A fresh path in the spool. */
  updatePath(): string;
  /** Takes a whole update over, or gives false when its round has closed; then the file stays the caller's. */
  deliver(link: SiteLink, delivery: Delivery): Promise<boolean>;
  evaluated(link: SiteLink, round: number, metrics: Numbers): boolean;
  rejected(link: SiteLink, round: number, reason: RejectReason): void;
  declined(link: SiteLink, round: number, reason: FailureReason): void;
  /** The site's part in a step of a secure round. */
  secureAnswer(link: SiteLink, round: number, step: SecureAnswerStep): void;
  /** The site has answered, well or badly, and can be asked again. */
  ready(link: SiteLink): void;
  /** Keeps a half-received update until its site is back or its round closes. */
  park(site: string, round: number, intake: UpdateIntake): Promise<void>;
  /** The half-received update of this site and round, if it was kept; the caller's from now on. */
  unpark(site: string, round: number): Promise<UpdateIntake | null>;
  /** Ends the run: a fault of this side. */
  fail(error: unknown): void;
}
