import type { DpEvent } from "../events/index.ts";
import type { Manifest } from "./manifest.ts";
import type { Numbers } from "./messages.ts";
import type { Parameters } from "./parameters.ts";
import type { FailureReason, RejectReason } from "./reject-reason.ts";
import type { SiteNoise } from "./site-noise.ts";
import type { SitePrivacy } from "./site-privacy.ts";

/** Numbers that the run configuration gives, and the round, counted from 1. */
export type ClientConfig = Numbers & { readonly round: number };

/** What a coordinator announces before the first round. */
export interface RunAnnouncement {
  readonly runId: string;
  /** Rounds planned: a site that plans its privacy up front plans for these. */
  readonly rounds: number;
  /** The model as tf.layers topology, JSON; "" when the sites know their model. */
  readonly topologyJson: string;
  /** Every tensor that travels; empty when the first parameters come from a site. */
  readonly tensors: Manifest;
  /** Sites that must be ready before a round begins, as the coordinator claims; absent where it claims nothing. */
  readonly minClients?: number;
  /** Whether updates travel masked, as the coordinator claims. */
  readonly isSecure?: boolean;
  /** The noise that every site adds to its masked update, as the coordinator claims; absent where there is none. */
  readonly siteNoise?: SiteNoise;
}

/** What training gives back. Other fields than these stay at the site: example counts, losses and metrics do not travel. */
export interface FitResult {
  readonly parameters: Parameters;
  /** From the public plan. */
  readonly stepsTaken?: number;
  /** What the site's own ledger says its records have spent. */
  readonly privacy?: SitePrivacy;
}

/** Metrics on public data; finite numbers. */
export interface EvaluateResult {
  readonly loss?: number;
  readonly metrics?: Numbers;
}

/** What a site must be able to do. Each may be asynchronous. */
export interface FederatedClient {
  /** Once per stream, before any instruction; what it throws ends the client, before anything is trained or spent. */
  readonly prepare?: (run: RunAnnouncement) => void | Promise<void>;
  /** Parameters to start from, asked for only when the coordinator has no model. Must not depend on local records. */
  readonly getParameters: (config: ClientConfig) => Parameters | Promise<Parameters>;
  /**
   * Trains from `parameters` on local data. Must give the event loop a turn within two minutes, or the coordinator
   * takes the line for dead; a loop that awaits each step does.
   */
  readonly fit: (
    parameters: Parameters,
    config: ClientConfig,
  ) => FitResult | Parameters | Promise<FitResult | Parameters>;
  /**
   * Told what will leave of `fit`, with digests, before a byte of it does: in a secure round the masked tensor. What it throws keeps
   * the update at the site.
   */
  readonly leaving?: (round: number, tensors: Manifest) => void | Promise<void>;
  /** Evaluates `parameters` on public data; never called unless the site declares that it has some. */
  readonly evaluate: (parameters: Parameters, config: ClientConfig) => EvaluateResult | Promise<EvaluateResult>;
}

/** How one instruction went, as this site knows it. `error` stays here. */
export interface ClientRound {
  readonly round: number;
  readonly asked: "train" | "evaluate" | "initial-parameters";
  readonly outcome: "accepted" | "rejected" | "declined" | "lost";
  readonly reason: RejectReason | FailureReason | null;
  readonly error?: unknown;
}

/** What a finished run was for this site. */
export interface ClientSummary {
  readonly version: "federated-client/v1";
  readonly runId: string;
  readonly site: string;
  readonly rounds: readonly ClientRound[];
  /** What the sums of the whole run cost the site as unit, counting on so many honest sites; null without noise from the sites. */
  readonly siteSpend: { readonly event: DpEvent; readonly honestSurvivors: number } | null;
}
