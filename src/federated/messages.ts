import type { SecureAnswerStep, SecureOrderStep } from "./secure-messages.ts";
import type { Lineage } from "./lineage.ts";
import type { Manifest } from "./manifest.ts";
import type { FailureReason, RejectReason } from "./reject-reason.ts";
import type { SiteNoise } from "./site-noise.ts";
import type { SitePrivacy } from "./site-privacy.ts";

/** The one version of sordino.federated.v1 there is. */
export const protocolVersion = 1;
/** The largest round, step count or index that a message can hold. */
export const maxUint32: number = 2 ** 32 - 1;
/** Chunks of a transfer that may be under way before the receiver allows more. */
export const initialCredit = 1;
/** The most that a receiver lets be under way: 16 MiB fill a line of 40 ms at 400 MiB/s. */
export const mostCredit = 16;
/** The receiver allows this many at a time. */
export const creditStep = 4;

export type Capability = "train" | "evaluate";
export type DeclineReason = Extract<
  FailureReason,
  "not-available" | "budget" | "client-error" | "corrupt" | "interrupted" | "unsigned" | "policy"
>;

/** Numbers by name: configuration to a site, public metrics from one. */
export type Numbers = Readonly<Record<string, number>>;

/** One chunk of a model; the place after the last one has a tensor beyond the manifest. */
export interface ChunkPlace {
  readonly tensor: number;
  readonly index: number;
}

/** How much of which model a site has; `model` is the digest in hex. */
export interface HeldModel extends ChunkPlace {
  readonly round: number;
  readonly model: string;
}

/** One chunk of a tensor, or several whole tensors, from that place on. */
export interface Chunk {
  readonly tensor: number;
  readonly index: number;
  readonly data: Uint8Array;
  /** What is sent behind `data`: further tensors, each whole. A message that has come has all of its bytes in `data`. */
  readonly rest?: readonly Uint8Array[];
  /** The array does not change and is sent to several sites. */
  readonly isShared?: boolean;
  /** Told once the bytes are copied into the message that is sent; absent where their memory is not used again. */
  readonly copied?: () => void;
}

export interface ChunkMessage extends Chunk {
  readonly kind: "chunk";
}

/** Longest body of a report. */
export const maxReportBytes: number = 8 << 10;

/** What a site says of its update, signed: the body's UTF-8 bytes, and Ed25519 over them and their domain. */
export interface SignedReport {
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
}

/** Opens an update. */
export interface UpdateHeader {
  readonly round: number;
  /** The same update was begun before: its sender waits for `resume`. */
  readonly isAgain: boolean;
  readonly stepsTaken: number;
  readonly privacy: SitePrivacy | null;
  readonly tensors: Manifest;
  /** Absent from a site without an identity key. */
  readonly report?: SignedReport;
}

/** What a site says, as parsed; `malformed` is what could not be. */
export type SiteMessage =
  | {
      readonly kind: "join";
      readonly protocolVersion: number;
      readonly site: string;
      readonly capabilities: readonly string[];
      readonly weight: number;
      readonly held: HeldModel | null;
    }
  | ({ readonly kind: "update-header" } & UpdateHeader)
  | ChunkMessage
  | { readonly kind: "update-end"; readonly round: number; readonly complete: boolean }
  | { readonly kind: "evaluation"; readonly round: number; readonly metrics: Numbers }
  | { readonly kind: "declined"; readonly round: number; readonly reason: DeclineReason }
  | { readonly kind: "credit"; readonly chunks: number }
  | { readonly kind: "secure"; readonly round: number; readonly step: SecureAnswerStep }
  | { readonly kind: "leave" }
  | { readonly kind: "malformed" };

export type InstructionKind = "train" | "evaluate" | "stop" | "initial-parameters";

/** What a coordinator says, as parsed. */
export type CoordinatorMessage =
  | {
      readonly kind: "welcome";
      readonly protocolVersion: number;
      readonly runId: string;
      readonly rounds: number;
      readonly topologyJson: string;
      readonly tensors: Manifest;
      /** What the coordinator claims of its rounds; absent where it claims nothing. */
      readonly minClients?: number;
      readonly isSecure?: boolean;
      readonly siteNoise?: SiteNoise;
    }
  | {
      readonly kind: "instruction";
      readonly instruction: InstructionKind;
      readonly round: number;
      readonly config: Numbers;
      readonly tensors: Manifest;
      readonly from: ChunkPlace;
      readonly lineage: Lineage | null;
      /** Ed25519, or empty. */
      readonly signature: Uint8Array;
    }
  | ChunkMessage
  | ({ readonly kind: "resume"; readonly round: number } & ChunkPlace)
  | { readonly kind: "reject"; readonly round: number; readonly reason: RejectReason; readonly text: string }
  | { readonly kind: "credit"; readonly chunks: number }
  | { readonly kind: "receipt"; readonly round: number }
  | { readonly kind: "secure"; readonly round: number; readonly step: SecureOrderStep }
  | { readonly kind: "malformed" };

/** A site's public name, also a part of records and messages: nothing that a terminal or a path could trip over. */
export function isSiteName(value: unknown): value is string {
  return typeof value === "string" && /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value);
}

/** What a coordinator calls its run, which a site prints: letters, digits and dashes. */
export function isRunId(value: string): boolean {
  return /^[A-Za-z0-9-]{1,64}$/.test(value);
}

/** Text from the other side, cut and without anything that a terminal would obey. */
export function plainText(text: string, longest: number): string {
  return text.slice(0, longest).replaceAll(/[^\x20-\x7e]/g, "?");
}

/** At most 64 finite numbers under names of at most 64 plain characters. */
export function areNumbers(numbers: Numbers): boolean {
  const entries = Object.entries(numbers);
  return entries.length <= 64 && entries.every(([k, v]) => /^[A-Za-z][\w.-]{0,63}$/.test(k) && Number.isFinite(v));
}
