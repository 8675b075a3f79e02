import { isPrivacyError } from "../../core/index.ts";
import type { FederatedClient } from "../client.ts";
import { elementProblem } from "../element-problem.ts";
import type { Numbers } from "../messages.ts";
import type { Parameters } from "../parameters.ts";
import type { FailureReason, RejectReason } from "../reject-reason.ts";
import { type MemoryModel, parametersOf, updateBytes } from "./memory-model.ts";

/** What a simulated client must be able to do. `evaluate` is asked for its public loss where the rule weighs losses. */
export type SimulatedClient = Pick<FederatedClient, "fit"> & Partial<Pick<FederatedClient, "evaluate">>;

/** Makes client number `index`, from 0, each time it takes part. */
export type CreateClient = (index: number) => SimulatedClient | Promise<SimulatedClient>;

/** What is asked of one client. */
export interface ClientQuestion {
  readonly index: number;
  readonly model: MemoryModel;
  readonly config: Numbers & { readonly round: number };
  readonly needsLoss: boolean;
}

/** A usable update, or why a coordinator would not have one. */
export type ClientAnswer = Usable | RejectReason | FailureReason;

interface Usable {
  readonly bytes: readonly Uint8Array[];
  readonly loss: number;
}

/** A question to a thread, and its answer, by number: whatever else the clients' code posts is no answer. */
export interface Numbered<T> {
  readonly number: number;
  readonly content: T;
}

/** Reads what a thread posted. @returns undefined where it answers another question or none. */
export function receivedAnswer(asked: Numbered<ClientQuestion>, came: unknown): ClientAnswer | undefined {
  if (typeof came !== "object" || came === null || !("number" in came && "content" in came)) return undefined;
  if (came.number !== asked.number) return undefined;
  const { content } = came;
  if (typeof content === "string" && isReason(content)) return content;
  return isUsable(asked.content.model, content) ? content : "client-error";
}

const isReason = (text: string): text is RejectReason | FailureReason => /^[a-z-]{1,20}$/.test(text);

function isUsable({ manifest, bytes: agreed }: MemoryModel, content: unknown): content is Usable {
  if (typeof content !== "object" || content === null || !("bytes" in content && "loss" in content)) return false;
  const { bytes, loss } = content;
  if (!Array.isArray(bytes) || bytes.length !== agreed.length) return false;
  if (!(typeof loss === "number" && loss >= 0 && loss < Infinity)) return false;
  return bytes.every((b: unknown, i) => {
    if (!(b instanceof Uint8Array) || b.length !== agreed[i].length || b.byteOffset % 8 !== 0) return false;
    return elementProblem(manifest[i].dtype, b) === undefined;
  });
}

/** Asks one client in this thread. Never throws: a client's error is its own. */
export async function askClient(createClient: CreateClient, question: ClientQuestion): Promise<ClientAnswer> {
  const { index, model, config, needsLoss } = question;
  // a copy each: what a client does to its parameters is its own affair
  const copy = (): Parameters => parametersOf({ ...model, bytes: model.bytes.map((b) => b.slice()) });
  try {
    const client = await createClient(index);
    const loss = needsLoss ? (await client.evaluate?.(copy(), config))?.loss : 0;
    if (loss === undefined || !(loss >= 0 && loss < Infinity)) return "not-available";
    const result = await client.fit(copy(), config);
    const bytes = updateBytes(model.manifest, "parameters" in result ? result.parameters : result);
    return typeof bytes === "string" ? bytes : { bytes, loss };
  } catch (error) {
    return isPrivacyError(error) && error.code === "budget_exceeded" ? "budget" : "client-error";
  }
}
