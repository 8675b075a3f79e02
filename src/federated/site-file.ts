import { z } from "zod";
import { type HostArray, readIdx } from "../dpsgd/index.ts";
import { invalidArgument } from "../core/index.ts";
import type { LossKind } from "../gradients/index.ts";
import { isWeight } from "./weight.ts";
import type { HospitalOptions } from "./hospital-client.ts";
import { isSiteName } from "./messages.ts";
import { type SitePolicy, policySchema } from "./site-policy.ts";
import { type JsonFile, readJsonFile } from "./json-file.ts";

const count = z.int().min(1);
const positive = z.number().positive();
const rows = z.tuple([z.int().min(0), z.int().min(1)]).refine(([from, to]) => from < to, "from must be below to");
const loss = z.enum([
  "categoricalCrossentropy",
  "sparseCategoricalCrossentropy",
  "binaryCrossentropy",
  "meanSquaredError",
]);

/** A pair of IDX files: row i of one belongs to row i of the other. */
export interface TableFiles {
  readonly features: string;
  readonly labels: string;
  /** [from, to): which rows; all by default. */
  readonly rows?: [number, number] | undefined;
  /** Multiplies every feature, such as 1/255. */
  readonly scale?: number | undefined;
}

/** PEM files. */
export interface SiteTls {
  readonly ca: string;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly coordinator?: string | undefined;
}

/**
 * Take part only in rounds in which every site adds noise before it masks its change. `ledger` is a folder of its own, in which
 * the site counts what the sums say of it as a whole; `budgetEpsilon` is the most that `scope` may ever spend.
 */
export interface SiteNoiseFields {
  readonly ledger: string;
  readonly scope: string;
  readonly delta: number;
  readonly budgetEpsilon: number;
}

/** What a hospital writes down once: where it goes, what it holds, what it promises. Paths are relative to the file. */
export interface SiteFile {
  readonly version: "federated-site/v1";
  /** The site's public name. */
  readonly site: string;
  /** host:port of the coordinator. */
  readonly server: string;
  /** `cert` and `key` prove the site's name; what `coordinator` has not signed is declined. */
  readonly tls?: SiteTls | undefined;
  /**
   * Mask every update and join no other run. `pinned` names the certificate of each other site, as that site handed it over:
   * not as the coordinator sent it.
   */
  readonly secureAggregation?:
    | {
        readonly pinned: Readonly<Record<string, string>>;
        readonly minimumCohort?: number | undefined;
        readonly maximumShare?: number | undefined;
        readonly siteNoise?: SiteNoiseFields | undefined;
      }
    | undefined;
  /** What may be asked and what may leave; without one everything that the plan below allows. */
  readonly policy?: SitePolicy | undefined;
  /** File for the site's audit trail. */
  readonly audit?: string | undefined;
  /** Folder for what a restarted site needs to go on: the last update's bytes, and checkpoints of its training. */
  readonly state?: string | undefined;
  /** A public constant, never a count of records; 1 by default. */
  readonly weight: number;
  /** Folder of the site's ledger. */
  readonly ledger: string;
  /** Private records. `datasetSize` is declared public; `id` names the ledger scope. */
  readonly data: TableFiles & { readonly id: string; readonly datasetSize: number };
  /** Data that may be known to anyone. */
  readonly evaluation?: (TableFiles & { readonly public: true }) | undefined;
  readonly training: {
    readonly loss: LossKind;
    readonly optimizer: "sgd" | "adam";
    readonly learningRate: number;
  };
  readonly privacy: HospitalOptions["privacy"];
}

const tableFields = { features: z.string(), labels: z.string(), rows: rows.optional(), scale: positive.optional() };

const siteSchema: z.ZodType<SiteFile> = z.strictObject({
  version: z.literal("federated-site/v1"),
  site: z.string().refine(isSiteName, "1 to 64 letters, digits, '.', '_' or '-'"),
  server: z.string().min(1),
  tls: z
    .strictObject({
      ca: z.string(),
      cert: z.string().optional(),
      key: z.string().optional(),
      coordinator: z.string().optional(),
    })
    .optional(),
  secureAggregation: z
    .strictObject({
      pinned: z.record(z.string(), z.string().min(1)),
      minimumCohort: z.int().min(3).optional(),
      maximumShare: z.number().gt(0).lt(1).optional(),
      siteNoise: z
        .strictObject({
          ledger: z.string().min(1),
          scope: z.string().min(1),
          delta: z.number().gt(0).lt(1),
          budgetEpsilon: positive,
        })
        .optional(),
    })
    .optional(),
  policy: policySchema.optional(),
  audit: z.string().min(1).optional(),
  state: z.string().min(1).optional(),
  weight: z.number().refine(isWeight, "0 or a number in [2^-20, 2^20]").default(1),
  ledger: z.string().min(1),
  data: z.strictObject({ id: z.string().min(1), datasetSize: count, ...tableFields }),
  evaluation: z.strictObject({ public: z.literal(true), ...tableFields }).optional(),
  training: z.strictObject({ loss, optimizer: z.enum(["sgd", "adam"]), learningRate: positive }),
  privacy: z.strictObject({
    unit: z.enum(["example", "user", "client", "device", "sequence"]),
    neighboring: z.enum(["add-or-remove-one", "replace-one", "zero-out"]),
    targetEpsilon: positive,
    delta: z.number().gt(0).lt(1),
    l2ClipNorm: positive,
    expectedBatchSize: positive,
    stepsPerRound: count,
    maxRounds: count,
  }),
});

/** @throws PrivacyError `file_unreadable`; `invalid_argument` naming the field. Unknown fields are refused. */
export function readSiteFile(path: string): JsonFile<SiteFile> {
  return readJsonFile(path, siteSchema);
}

/** Reads a pair of IDX files, or a range of their rows, without copying. */
export function readTable(files: TableFiles, path: (relative: string) => string): { x: HostArray; y: HostArray } {
  const x = rowRange(readIdx(path(files.features)), files.rows, "rows");
  const y = rowRange(readIdx(path(files.labels)), files.rows, "rows");
  return { x: files.scale === undefined ? x : { ...x, scale: files.scale }, y };
}

function rowRange(all: HostArray, range: readonly [number, number] | undefined, argument: string): HostArray {
  if (range === undefined) return all;
  const [from, to] = range;
  const [length = 0, ...example] = all.shape;
  if (to > length) throw invalidArgument(argument, "within the file", `up to ${to}`, "the file has fewer rows");
  const width = example.reduce((product, extent) => product * extent, 1);
  return { data: all.data.subarray(from * width, to * width), shape: [to - from, ...example] };
}
