import { PrivacyError } from "../../core/index.ts";
import type { Neighboring, PrivacyUnit } from "../../events/index.ts";
import type { Lineage } from "../lineage.ts";
import { type Manifest, type TensorSpec, chunkBytes, maxTensors } from "../manifest.ts";
import {
  type ChunkPlace,
  type CoordinatorMessage,
  type DeclineReason,
  type HeldModel,
  type InstructionKind,
  type Numbers,
  type SignedReport,
  type SiteMessage,
  maxReportBytes,
  plainText,
} from "../messages.ts";
import type { ParameterDtype } from "../parameters.ts";
import type { RejectReason } from "../reject-reason.ts";
import type { SitePrivacy } from "../site-privacy.ts";
import { encodeChunk, encodeSharedChunk } from "./chunk-bytes.ts";
import { parseNoise, parseSecureAnswer, parseSecureOrder, wireSecureAnswer, wireSecureOrder } from "./secure-codec.ts";
import { sordino } from "./gen/federated.js";

type Wire = typeof sordino.federated.v1;
const v1: Wire = sordino.federated.v1;

/** No message is larger: a chunk and its frame, or a manifest. It bounds what a stranger can make us hold. */
export const maxMessageBytes: number = chunkBytes + (64 << 10);

/** Both ways between our names and the numbers of the wire. */
function bijection<T extends string, N extends number>(
  numbers: Readonly<Record<T, N>>,
): {
  readonly number: (name: T) => N;
  readonly name: (number: number | null | undefined) => T;
} {
  const names = new Map<number, T>((Object.keys(numbers) as T[]).map((name) => [numbers[name], name]));
  return {
    number: (name) => numbers[name],
    name: (number) => {
      const found = names.get(number ?? 0);
      if (found === undefined) throw new RangeError("unknown enum value");
      return found;
    },
  };
}

const dtypes = bijection<ParameterDtype, sordino.federated.v1.TensorDtype>({
  float32: v1.TensorDtype.TENSOR_DTYPE_FLOAT32,
  float64: v1.TensorDtype.TENSOR_DTYPE_FLOAT64,
  int32: v1.TensorDtype.TENSOR_DTYPE_INT32,
  int64: v1.TensorDtype.TENSOR_DTYPE_INT64,
  uint8: v1.TensorDtype.TENSOR_DTYPE_UINT8,
  bool: v1.TensorDtype.TENSOR_DTYPE_BOOL,
});
const instructions = bijection<InstructionKind, sordino.federated.v1.InstructionKind>({
  train: v1.InstructionKind.INSTRUCTION_KIND_TRAIN,
  evaluate: v1.InstructionKind.INSTRUCTION_KIND_EVALUATE,
  stop: v1.InstructionKind.INSTRUCTION_KIND_STOP,
  "initial-parameters": v1.InstructionKind.INSTRUCTION_KIND_INITIAL_PARAMETERS,
});
const relations = bijection<Neighboring, sordino.federated.v1.NeighboringRelation>({
  "add-or-remove-one": v1.NeighboringRelation.NEIGHBORING_RELATION_ADD_OR_REMOVE_ONE,
  "replace-one": v1.NeighboringRelation.NEIGHBORING_RELATION_REPLACE_ONE,
  "zero-out": v1.NeighboringRelation.NEIGHBORING_RELATION_ZERO_OUT,
});
const units = bijection<PrivacyUnit, sordino.federated.v1.PrivacyUnit>({
  example: v1.PrivacyUnit.PRIVACY_UNIT_EXAMPLE,
  user: v1.PrivacyUnit.PRIVACY_UNIT_USER,
  client: v1.PrivacyUnit.PRIVACY_UNIT_CLIENT,
  device: v1.PrivacyUnit.PRIVACY_UNIT_DEVICE,
  sequence: v1.PrivacyUnit.PRIVACY_UNIT_SEQUENCE,
});
const declines = bijection<DeclineReason, sordino.federated.v1.DeclineCode>({
  "not-available": v1.DeclineCode.DECLINE_CODE_NOT_AVAILABLE,
  budget: v1.DeclineCode.DECLINE_CODE_BUDGET,
  "client-error": v1.DeclineCode.DECLINE_CODE_CLIENT_ERROR,
  corrupt: v1.DeclineCode.DECLINE_CODE_CORRUPT,
  interrupted: v1.DeclineCode.DECLINE_CODE_INTERRUPTED,
  unsigned: v1.DeclineCode.DECLINE_CODE_UNSIGNED,
  policy: v1.DeclineCode.DECLINE_CODE_POLICY,
});
const rejects = bijection<RejectReason, sordino.federated.v1.RejectCode>({
  version: v1.RejectCode.REJECT_CODE_VERSION,
  site: v1.RejectCode.REJECT_CODE_SITE,
  "duplicate-site": v1.RejectCode.REJECT_CODE_DUPLICATE_SITE,
  closed: v1.RejectCode.REJECT_CODE_CLOSED,
  protocol: v1.RejectCode.REJECT_CODE_PROTOCOL,
  "non-finite": v1.RejectCode.REJECT_CODE_NON_FINITE,
  name: v1.RejectCode.REJECT_CODE_NAME,
  shape: v1.RejectCode.REJECT_CODE_SHAPE,
  dtype: v1.RejectCode.REJECT_CODE_DTYPE,
  count: v1.RejectCode.REJECT_CODE_COUNT,
  size: v1.RejectCode.REJECT_CODE_SIZE,
  digest: v1.RejectCode.REJECT_CODE_DIGEST,
  duplicate: v1.RejectCode.REJECT_CODE_DUPLICATE,
  "other-round": v1.RejectCode.REJECT_CODE_OTHER_ROUND,
  late: v1.RejectCode.REJECT_CODE_LATE,
  statement: v1.RejectCode.REJECT_CODE_STATEMENT,
  range: v1.RejectCode.REJECT_CODE_RANGE,
  incomplete: v1.RejectCode.REJECT_CODE_INCOMPLETE,
  full: v1.RejectCode.REJECT_CODE_FULL,
  identity: v1.RejectCode.REJECT_CODE_IDENTITY,
  report: v1.RejectCode.REJECT_CODE_REPORT,
});

type WireTensor = sordino.federated.v1.TensorSpec.$Properties;
type WireNumbers = Readonly<Record<string, number>> | null | undefined;

function wireTensors(manifest: Manifest): WireTensor[] {
  return manifest.map(({ name, dtype, shape, sha256 }) => {
    return { name, dtype: dtypes.number(dtype), shape: [...shape], ...(sha256 === undefined ? {} : { sha256 }) };
  });
}

function parseTensors(tensors: readonly WireTensor[] | null | undefined): Manifest {
  if ((tensors?.length ?? 0) > maxTensors) throw new RangeError("too many tensors");
  return (tensors ?? []).map(({ name, dtype, shape, sha256 }): TensorSpec => {
    const spec = { name: name ?? "", dtype: dtypes.name(dtype), shape: [...(shape ?? [])] };
    // copied: a decoded field is a view that would keep the whole message alive
    return sha256 == null || sha256.length === 0 ? spec : { ...spec, sha256: new Uint8Array(sha256) };
  });
}

/** Own entries only, on an object without a prototype: a key named __proto__ is a key. */
function parseNumbers(numbers: WireNumbers): Numbers {
  const parsed = Object.create(null) as Record<string, number>;
  for (const [name, value] of Object.entries(numbers ?? {})) parsed[name] = value;
  return parsed;
}

function wirePrivacy(p: SitePrivacy): sordino.federated.v1.PrivacyStatement.$Properties {
  const { lower, upper } = p.epsilon;
  const [neighboring, unit] = [relations.number(p.neighboring), units.number(p.unit)];
  return { epsilonLower: lower, epsilonUpper: upper, delta: p.delta, neighboring, unit };
}

function parsePrivacy(p: sordino.federated.v1.PrivacyStatement.$Properties | null | undefined): SitePrivacy | null {
  if (p == null) return null;
  const [lower, upper] = [p.epsilonLower ?? 0, p.epsilonUpper ?? 0];
  // the point estimate does not travel: only the bounds are certified
  const epsilon = { lower, upper, point: upper };
  return { epsilon, delta: p.delta ?? 0, neighboring: relations.name(p.neighboring), unit: units.name(p.unit) };
}

const fromHex = (digest: string): Buffer => Buffer.from(digest, "hex");

/** The hex digest, or null for none; another length is no digest. */
function parseDigest(bytes: Uint8Array | null | undefined): string | null {
  if (bytes == null || bytes.length === 0) return null;
  if (bytes.length !== 32) throw new RangeError("not a digest");
  return Buffer.from(bytes).toString("hex");
}

function parsePlace(place: sordino.federated.v1.ChunkPlace.$Properties | null | undefined): ChunkPlace {
  return { tensor: place?.tensor ?? 0, index: place?.index ?? 0 };
}

function parseHeld(held: sordino.federated.v1.ModelPlace.$Properties | null | undefined): HeldModel | null {
  const model = parseDigest(held?.model);
  return held == null || model === null ? null : { round: held.round ?? 0, model, ...parsePlace(held) };
}

function wireLineage({ round, parent, model, strategy, signature }: Lineage): sordino.federated.v1.Lineage.$Properties {
  const facts = { round, model: fromHex(model), strategy, signature };
  return parent === null ? facts : { ...facts, parent: fromHex(parent) };
}

function parseLineage(link: sordino.federated.v1.Lineage.$Properties | null | undefined): Lineage | null {
  const model = parseDigest(link?.model);
  if (link == null || model === null) return null;
  const { round, strategy, signature } = link;
  const facts = { round: round ?? 0, parent: parseDigest(link.parent), model, strategy: strategy ?? "" };
  return { ...facts, signature: new Uint8Array(signature ?? []) };
}

/** In Node a writer gives a Buffer already; it must not be copied once more. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function encodeSiteMessage(m: SiteMessage): Buffer {
  if (m.kind === "chunk") return encodeChunk(m);
  return asBuffer(v1.SiteMessage.encode(wireSiteMessage(m)).finish());
}

function wireSiteMessage(m: SiteMessage): sordino.federated.v1.SiteMessage.$Properties {
  switch (m.kind) {
    case "join": {
      const { protocolVersion, site, capabilities, weight, held } = m;
      const join = { protocolVersion, site, capabilities: [...capabilities], weight };
      return { join: held === null ? join : { ...join, held: { ...held, model: fromHex(held.model) } } };
    }
    case "update-header": {
      const { round, stepsTaken, isAgain } = m;
      const again = isAgain ? { isAgain } : {};
      const header = { round, stepsTaken, tensors: wireTensors(m.tensors), ...again };
      const privacy = m.privacy === null ? {} : { privacy: wirePrivacy(m.privacy) };
      return { updateHeader: { ...header, ...privacy, ...(m.report === undefined ? {} : { report: m.report }) } };
    }
    case "chunk":
      return { chunk: { tensor: m.tensor, index: m.index, data: m.data } };
    case "update-end":
      return { updateEnd: { round: m.round, complete: m.complete } };
    case "evaluation":
      return { evaluation: { round: m.round, metrics: { ...m.metrics } } };
    case "declined":
      return { declined: { round: m.round, code: declines.number(m.reason) } };
    case "credit":
      return { credit: { chunks: m.chunks } };
    case "secure":
      return { secure: wireSecureAnswer(m.round, m.step) };
    case "leave":
      return { leave: {} };
    case "malformed":
      throw notSent();
  }
}

export function encodeCoordinatorMessage(m: CoordinatorMessage): Buffer {
  if (m.kind === "chunk") return m.isShared === true ? encodeSharedChunk(m) : encodeChunk(m);
  return asBuffer(v1.CoordinatorMessage.encode(wireCoordinatorMessage(m)).finish());
}

function wireCoordinatorMessage(m: CoordinatorMessage): sordino.federated.v1.CoordinatorMessage.$Properties {
  switch (m.kind) {
    case "welcome": {
      const { protocolVersion, runId, rounds, minClients = 0, isSecure = false, siteNoise } = m;
      const topologyJson = Buffer.from(m.topologyJson, "utf8");
      const noise = siteNoise === undefined ? {} : { siteNoise };
      const claims = { minClients, secureAggregation: isSecure, ...noise };
      return { welcome: { protocolVersion, runId, rounds, topologyJson, tensors: wireTensors(m.tensors), ...claims } };
    }
    case "instruction": {
      const { round, from, lineage, signature } = m;
      const what = { kind: instructions.number(m.instruction), round, config: { ...m.config } };
      const optional = {
        // absent means the first chunk
        ...(from.tensor === 0 && from.index === 0 ? {} : { from: { ...from } }),
        ...(lineage === null ? {} : { lineage: wireLineage(lineage) }),
        ...(signature.length === 0 ? {} : { signature }),
      };
      return { instruction: { ...what, tensors: wireTensors(m.tensors), ...optional } };
    }
    case "resume":
      return { resume: { round: m.round, from: { tensor: m.tensor, index: m.index } } };
    case "chunk":
      return { chunk: { tensor: m.tensor, index: m.index, data: m.data } };
    case "reject":
      return { reject: { round: m.round, code: rejects.number(m.reason), text: m.text } };
    case "credit":
      return { credit: { chunks: m.chunks } };
    case "receipt":
      return { receipt: { round: m.round } };
    case "secure":
      return { secure: wireSecureOrder(m.round, m.step) };
    case "malformed":
      throw notSent();
  }
}

function notSent(): PrivacyError<"invalid_state"> {
  return new PrivacyError("invalid_state", "a message that could not be read was about to be sent; report this", {
    object: "federated message",
    state: "malformed",
  });
}

/** Never throws: what can not be read is `malformed`, and the receiver decides. */
export function decodeSiteMessage(bytes: Uint8Array): SiteMessage {
  try {
    return parseSiteMessage(v1.SiteMessage.decode(bytes));
  } catch {
    // protobufjs throws Error and RangeError on malformed bytes; its text may quote them
    return { kind: "malformed" };
  }
}

function parseSiteMessage(m: sordino.federated.v1.SiteMessage.$Properties): SiteMessage {
  if (m.join != null) {
    const { protocolVersion, site, capabilities, weight, held } = m.join;
    const join = { protocolVersion: protocolVersion ?? 0, site: site ?? "", weight: weight ?? 0 };
    return { kind: "join", ...join, capabilities: [...(capabilities ?? [])], held: parseHeld(held) };
  }
  if (m.updateHeader != null) {
    const { round, stepsTaken, privacy, tensors, isAgain, report } = m.updateHeader;
    const facts = { round: round ?? 0, stepsTaken: stepsTaken ?? 0, privacy: parsePrivacy(privacy) };
    const header = { ...facts, isAgain: isAgain ?? false, tensors: parseTensors(tensors) };
    return { kind: "update-header", ...header, ...(report == null ? {} : { report: parseReport(report) }) };
  }
  if (m.chunk != null) return parseChunk(m.chunk);
  if (m.updateEnd != null) {
    return { kind: "update-end", round: m.updateEnd.round ?? 0, complete: m.updateEnd.complete ?? false };
  }
  if (m.evaluation != null) {
    return { kind: "evaluation", round: m.evaluation.round ?? 0, metrics: parseNumbers(m.evaluation.metrics) };
  }
  if (m.declined != null) {
    return { kind: "declined", round: m.declined.round ?? 0, reason: declines.name(m.declined.code) };
  }
  if (m.credit != null) return { kind: "credit", chunks: m.credit.chunks ?? 0 };
  if (m.secure != null) return { kind: "secure", round: m.secure.round ?? 0, step: parseSecureAnswer(m.secure) };
  return m.leave == null ? { kind: "malformed" } : { kind: "leave" };
}

function parseReport({ body, signature }: sordino.federated.v1.SignedReport.$Properties): SignedReport {
  if ((body?.length ?? 0) > maxReportBytes) throw new RangeError("too long a report");
  return { body: new Uint8Array(body ?? []), signature: new Uint8Array(signature ?? []) };
}

function parseChunk({
  tensor,
  index,
  data,
}: sordino.federated.v1.TensorChunk.$Properties): SiteMessage & { kind: "chunk" } {
  return { kind: "chunk", tensor: tensor ?? 0, index: index ?? 0, data: data ?? new Uint8Array() };
}

/** Never throws: what can not be read is `malformed`, and the receiver decides. */
export function decodeCoordinatorMessage(bytes: Uint8Array): CoordinatorMessage {
  try {
    return parseCoordinatorMessage(v1.CoordinatorMessage.decode(bytes));
  } catch {
    return { kind: "malformed" };
  }
}

function parseCoordinatorMessage(m: sordino.federated.v1.CoordinatorMessage.$Properties): CoordinatorMessage {
  if (m.welcome != null) {
    const { protocolVersion, runId, rounds, topologyJson, tensors, minClients, secureAggregation } = m.welcome;
    const siteNoise = parseNoise(m.welcome.siteNoise);
    const topology = Buffer.from(topologyJson ?? new Uint8Array()).toString("utf8");
    const facts = { protocolVersion: protocolVersion ?? 0, runId: runId ?? "", rounds: rounds ?? 0 };
    const cohort = minClients == null || minClients === 0 ? {} : { minClients };
    const noise = siteNoise === null ? {} : { siteNoise };
    const claims = { ...cohort, ...(secureAggregation === true ? { isSecure: true } : {}), ...noise };
    return { kind: "welcome", ...facts, topologyJson: topology, tensors: parseTensors(tensors), ...claims };
  }
  if (m.instruction != null) {
    const { kind, round, config, tensors, from, lineage, signature } = m.instruction;
    const what = { instruction: instructions.name(kind), round: round ?? 0, config: parseNumbers(config) };
    const proof = { lineage: parseLineage(lineage), signature: new Uint8Array(signature ?? []) };
    return { kind: "instruction", ...what, tensors: parseTensors(tensors), from: parsePlace(from), ...proof };
  }
  if (m.resume != null) return { kind: "resume", round: m.resume.round ?? 0, ...parsePlace(m.resume.from) };
  if (m.chunk != null) return parseChunk(m.chunk);
  if (m.reject != null) {
    const text = plainText(m.reject.text ?? "", 500);
    return { kind: "reject", round: m.reject.round ?? 0, reason: rejects.name(m.reject.code), text };
  }
  if (m.credit != null) return { kind: "credit", chunks: m.credit.chunks ?? 0 };
  if (m.secure != null) return { kind: "secure", round: m.secure.round ?? 0, step: parseSecureOrder(m.secure) };
  return m.receipt == null ? { kind: "malformed" } : { kind: "receipt", round: m.receipt.round ?? 0 };
}
