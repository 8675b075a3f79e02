import { z } from "zod";
import type { BufferOptions } from "./buffer-options.ts";
import { isWeight } from "./weight.ts";
import { type JsonFile, readJsonFile } from "./json-file.ts";
import { type SecureFields, secureSchema } from "./secure-file.ts";
import { type SiteLevelFields, siteLevelSchema } from "./site-level-file.ts";
import { type StrategyFields, strategySchema } from "./strategy-file.ts";

const count = z.int().min(1);
const ms = z.number().positive();
const weight = z.number().refine(isWeight, "0 or a number in [2^-20, 2^20]");

/** What a coordinator writes down once. Paths are relative to the file. */
export interface RunFile {
  readonly version: "federated-config/v1";
  /** host:port to listen on. */
  readonly address: string;
  readonly tls?: RunTls | undefined;
  /** PEM file of the private key that signs instructions and models. */
  readonly signingKey?: string | undefined;
  /** Folder with model.json and its weights: what the first round starts from. */
  readonly model: string;
  readonly rounds: number;
  readonly minClients: number;
  readonly weights: "declared" | "equal" | Record<string, number>;
  /** How updates become the next model; fed-avg by default. */
  readonly strategy: StrategyFields;
  /** A release for every so many updates, without waiting for the slowest; in place of rounds that close together. */
  readonly buffered?: BufferOptions | undefined;
  /** Ask at most so many of the sites that are ready; all by default. */
  readonly cohortSize?: number | undefined;
  /** No more sites may be connected at once. */
  readonly maxSites?: number | undefined;
  /** How long a site whose line broke is waited for. */
  readonly reconnectMs?: number | undefined;
  /** Updates travel masked; `range` cuts changes off, or every site adds its share of noise. Needs tls.clients. */
  readonly secureAggregation?: SecureFields | undefined;
  /** Noise with the site as unit, priced in the coordinator's ledger. Needs `"weights": "equal"`. */
  readonly siteLevelPrivacy?: SiteLevelFields | undefined;
  readonly quorum?: number | undefined;
  readonly deadlineMs?: number | undefined;
  readonly graceMs?: number | undefined;
  readonly gatherMs?: number | undefined;
  readonly evaluateEvery?: number | undefined;
  /** Numbers for the sites' training code. */
  readonly config?: Record<string, number> | undefined;
  /** Folder that gets the final model. */
  readonly output?: string | undefined;
  readonly spoolDir?: string | undefined;
  /** In place of spoolDir: a coordinator that is started again with it goes on where it stood. */
  readonly stateDir?: string | undefined;
  /** File for the coordinator's audit trail. */
  readonly audit?: string | undefined;
  /** host:port for metrics and a status page, read-only; none by default. */
  readonly observe?: string | undefined;
}

/** PEM files; with `clients` every site must prove its name by a certificate of that authority that was not revoked. */
export interface RunTls {
  readonly cert: string;
  readonly key: string;
  readonly clients?: { readonly ca: string; readonly revoked: string } | undefined;
}

const runSchema: z.ZodType<RunFile> = z.strictObject({
  version: z.literal("federated-config/v1"),
  address: z.string().min(1),
  tls: z
    .strictObject({
      cert: z.string(),
      key: z.string(),
      clients: z.strictObject({ ca: z.string(), revoked: z.string() }).optional(),
    })
    .optional(),
  signingKey: z.string().optional(),
  model: z.string().min(1),
  rounds: count,
  minClients: count,
  weights: z.union([z.enum(["declared", "equal"]), z.record(z.string(), weight)]).default("declared"),
  strategy: strategySchema.default({ kind: "fed-avg" }),
  buffered: z
    .strictObject({
      size: count,
      maxStaleness: z.int().min(0).exactOptional(),
      serverLearningRate: z.number().positive().exactOptional(),
    })
    .optional(),
  cohortSize: count.optional(),
  maxSites: count.optional(),
  reconnectMs: z.number().min(0).optional(),
  secureAggregation: secureSchema.optional(),
  siteLevelPrivacy: siteLevelSchema.optional(),
  quorum: count.optional(),
  deadlineMs: ms.optional(),
  graceMs: ms.optional(),
  gatherMs: ms.optional(),
  evaluateEvery: z.int().min(0).optional(),
  config: z.record(z.string(), z.number()).optional(),
  output: z.string().optional(),
  spoolDir: z.string().optional(),
  stateDir: z.string().optional(),
  audit: z.string().min(1).optional(),
  observe: z.string().min(1).optional(),
});

/** @throws PrivacyError `file_unreadable`; `invalid_argument` naming the field. Unknown fields are refused. */
export function readRunFile(path: string): JsonFile<RunFile> {
  return readJsonFile(path, runSchema);
}
