import { isPrivacyError } from "../../core/index.ts";
import type { FederatedClient } from "../client.ts";
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
export type ClientAnswer =
  { readonly bytes: readonly Uint8Array[]; readonly loss: number } | RejectReason | FailureReason;

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
