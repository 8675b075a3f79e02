import { createHash } from "node:crypto";
import type { Numbers } from "./messages.ts";

/** What every site of a secure round must train with. */
export interface SecureTask {
  readonly topologyJson: string;
  readonly rounds: number;
  /** Digest of the model that the sites start from. */
  readonly model: string;
  /** Without the round. */
  readonly config: Numbers;
}

/**
 * SHA-256 (hex) of a task. Were it not the same for all, a coordinator could give all sites but one a model that learns
 * nothing, and the sum would be the change of one.
 *
 * @source Pasquini, Francati, Ateniese 2022, arXiv:2111.07380v5 (model inconsistency against secure aggregation).
 */
export function secureTask({ topologyJson, rounds, model, config }: SecureTask): string {
  const numbers = Object.entries(config).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify(["sordino-secure-task/v1", topologyJson, rounds, model, numbers]))
    .digest("hex");
}
