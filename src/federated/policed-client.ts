import { isPrivacyError } from "../core/index.ts";
import type { AuditEntry } from "./audit-entry.ts";
import type { AuditTrail } from "./audit-trail.ts";
import type { ClientConfig, FederatedClient, FitResult, RunAnnouncement } from "./client.ts";
import { type Manifest, manifestBytes, modelDigest, outgoingTensors } from "./manifest.ts";
import type { Parameters } from "./parameters.ts";
import {
  type PlannedTraining,
  type SitePolicy,
  checkConfig,
  checkMetrics,
  checkRun,
  checkTensors,
  checkUpdate,
  policyRefused,
} from "./site-policy.ts";

/** What is put between a coordinator and a site's training code. */
export interface PolicedOptions {
  readonly client: FederatedClient;
  /** Null: everything is recorded and nothing is forbidden. */
  readonly policy: SitePolicy | null;
  /** Null: nothing is recorded. */
  readonly audit: Pick<AuditTrail, "append"> | null;
  /** What training would cost; null for training code that is not ours. */
  readonly plan: PlannedTraining | null;
}

/**
 * Wraps a site's training code so that its policy holds whatever the coordinator asks and whatever the code returns: a run
 * and an instruction are judged before any record is read, an update and metrics again before a byte leaves; each decision
 * and each departure is in the audit trail first. A trail that can not be written lets nothing leave. Of an update it holds the
 * digest of the bytes that travel: in a secure round of the masked ones, since with the digest of the clear ones a reader of the
 * trail could confirm a guess of the update.
 *
 * @throws PrivacyError `policy_refused` from each method, naming the rule; `file_unreadable` from the trail.
 */
export function policedClient({ client, policy, audit, plan }: PolicedOptions): FederatedClient {
  let run: RunAnnouncement | null = null;
  const rounds = new Set<number>();
  const runId = (): string => run?.runId ?? "none";
  const note = async (entry: AuditEntry): Promise<void> => await audit?.append(entry);

  /** Judges, and records the judgment either way. */
  const judge = async <T>(round: number, check: (policy: SitePolicy) => T): Promise<T | undefined> => {
    if (policy === null) return undefined;
    try {
      const result = check(policy);
      await note({ kind: "policy-decision", run: runId(), round, rule: "all", isAllowed: true });
      return result;
    } catch (error) {
      if (!isPrivacyError(error) || error.code !== "policy_refused") throw error;
      const { rule } = error.details;
      await note({ kind: "policy-decision", run: runId(), round, rule, isAllowed: false });
      throw error;
    }
  };
  const received = async (asked: string, { round }: ClientConfig): Promise<void> =>
    await note({ kind: "instruction-received", run: runId(), round, asked });
  const leaving = async (round: number, manifest: Manifest): Promise<void> => {
    const [update, bytes] = [modelDigest(manifest), manifestBytes(manifest)];
    await note({ kind: "update-left", run: runId(), round, update, bytes, tensors: manifest.length });
  };

  return {
    prepare: async (announced) => {
      run = announced;
      await judge(0, (p) => checkRun(p, announced, plan));
      await client.prepare?.(announced);
    },
    getParameters: async (config) => {
      await received("initial-parameters", config);
      await judge(config.round, (p) => checkConfig(p, config));
      const parameters = await client.getParameters(config);
      const { manifest } = outgoingTensors(parameters, "getParameters()");
      await judge(config.round, (p) => checkTensors(p, manifest));
      await leaving(config.round, manifest);
      return parameters;
    },
    fit: async (parameters, config) => {
      await received("train", config);
      await judge(config.round, (p) => {
        rounds.add(config.round);
        if (rounds.size > p.maxRounds)
          throw policyRefused("maxRounds", `this would be round ${rounds.size} of at most ${p.maxRounds}`);
        checkConfig(p, config);
      });
      const given = await client.fit(parameters, config);
      const result: FitResult = isParameters(given) ? { parameters: given } : given;
      const { manifest } = outgoingTensors(result.parameters, "fit().parameters");
      await judge(config.round, (p) => checkUpdate(p, run?.tensors ?? [], result, manifest));
      return result;
    },
    leaving: async (round, tensors) => {
      await leaving(round, tensors);
      await client.leaving?.(round, tensors);
    },
    evaluate: async (parameters, config) => {
      await received("evaluate", config);
      await judge(config.round, (p) => checkConfig(p, config));
      const result = await client.evaluate(parameters, config);
      const names = await judge(config.round, (p) => checkMetrics(p, result));
      await note({
        kind: "metrics-left",
        run: runId(),
        round: config.round,
        names: names ?? Object.keys(result.metrics ?? {}),
      });
      return result;
    },
  };
}

function isParameters(given: FitResult | Parameters): given is Parameters {
  return Array.isArray(given);
}
