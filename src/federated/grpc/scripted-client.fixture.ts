import type { FederatedClient, FitResult } from "../client.ts";
import { fedAvg } from "../strategy.ts";
import type { Parameters } from "../parameters.ts";
import { type FederatedServer, startServer } from "./server.ts";
import type { ServerOptions } from "./server-options.ts";

/** A client that answers every round with the same thing. */
export function scriptedClient(fit: FederatedClient["fit"]): FederatedClient {
  return {
    getParameters: () => [{ dtype: "float32", shape: [2], data: [0, 0] }],
    fit,
    evaluate: () => ({ loss: 1 }),
  };
}

/** One float32 tensor named w. */
export function vector(...values: number[]): Parameters {
  return [{ name: "w", dtype: "float32", shape: [values.length], data: Float32Array.from(values) }];
}

export function answer(...values: number[]): () => FitResult {
  return () => ({ parameters: vector(...values) });
}

/** A server on a free loopback port over one tensor w of two elements, with short times. */
export async function loopbackServer(options: Partial<ServerOptions> = {}): Promise<FederatedServer> {
  const initialModel = { parameters: vector(0, 0) };
  const times = { deadlineMs: 5_000, gatherMs: 10_000, reconnectMs: 0 };
  const base = { address: "127.0.0.1:0", strategy: fedAvg(), rounds: 1, minClients: 1, initialModel, ...times };
  return await startServer({ ...base, ...options });
}

export function firstValues(parameters: Parameters): number[] {
  return Array.from(parameters[0]?.data ?? [], Number);
}
