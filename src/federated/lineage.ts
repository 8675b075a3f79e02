import { type KeyObject, sign, verify } from "node:crypto";
import { invalidArgument } from "../core/index.ts";

/** Which round released a model and from which model. Digests in hex; `parent` is null for the first model. */
export interface LineageStatement {
  readonly run: string;
  readonly round: number;
  readonly parent: string | null;
  readonly model: string;
  /** The rule and its constants, see `ruleText`. */
  readonly strategy: string;
}

/** A statement without its run, which both sides know, and its signature: Ed25519, 64 bytes. */
export interface Lineage extends Omit<LineageStatement, "run"> {
  readonly signature: Uint8Array;
}

/** What a coordinator asks of a site, as it is signed. */
export interface InstructionStatement {
  readonly run: string;
  readonly site: string;
  readonly instruction: string;
  readonly round: number;
  readonly config: Readonly<Record<string, number>>;
  /** Digest of the model that follows, or null. */
  readonly model: string | null;
}

/** The bytes that are signed. The first word keeps one kind of statement from passing for another. */
function lineageBytes({ run, round, parent, model, strategy }: LineageStatement): Buffer {
  return Buffer.from(JSON.stringify(["sordino-lineage/v1", run, round, parent, model, strategy]));
}

function instructionBytes({ run, site, instruction, round, config, model }: InstructionStatement): Buffer {
  const numbers = Object.entries(config).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(JSON.stringify(["sordino-instruction/v1", run, site, instruction, round, numbers, model]));
}

/** @throws PrivacyError `invalid_argument` unless `key` is an Ed25519 key of that type. */
export function requireEd25519(key: KeyObject, type: "private" | "public", argument: string): KeyObject {
  if (key?.type !== type || key.asymmetricKeyType !== "ed25519") {
    throw invalidArgument(argument, `a ${type} Ed25519 key`, key?.asymmetricKeyType ?? typeof key);
  }
  return key;
}

export function signLineage(statement: LineageStatement, key: KeyObject): Lineage {
  const { round, parent, model, strategy } = statement;
  return { round, parent, model, strategy, signature: sign(null, lineageBytes(statement), key) };
}

/** True when the coordinator's key signed this link for this run. */
export function holdsLineage(run: string, link: Lineage, key: KeyObject): boolean {
  return verify(null, lineageBytes({ run, ...link }), key, link.signature);
}

export function signInstruction(statement: InstructionStatement, key: KeyObject): Uint8Array {
  return sign(null, instructionBytes(statement), key);
}

export function holdsInstruction(statement: InstructionStatement, signature: Uint8Array, key: KeyObject): boolean {
  return verify(null, instructionBytes(statement), key, signature);
}

/**
 * What is wrong with a link that follows the one that a site saw last, or null: rounds never run back, the same round is
 * the same model, and the next round's parent is the model before it. Rounds that the site did not see can not be checked.
 */
export function lineageBreak(last: Lineage | null, next: Lineage): string | null {
  if ((next.parent === null) !== (next.round === 0)) return "only the first model has no parent";
  if (last === null) return null;
  if (next.round < last.round) return "rounds in order";
  if (next.round === last.round) return next.model === last.model ? null : "one model for one round";
  return next.round === last.round + 1 && next.parent !== last.model ? "the parent that the site knows" : null;
}
