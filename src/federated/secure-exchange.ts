import type { KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { PrivacyError } from "../core/index.ts";
import type { SiteLink } from "./desk.ts";
import { type SecureCoordinator, fixedPoint, openSecureCoordinator, smallestThreshold } from "./secagg/index.ts";
import { type SecureAnswerStep, type SecureOrderStep, type SecureRoundPlan, secureTerms } from "./secure-messages.ts";
import { heldSpool } from "./spool-memory.ts";

/** What a run of secure rounds is set up with. */
export interface SecureAggregationOptions {
  /** Changes of parameters are cut off at ±range: a public constant, > 0. Small is precise. */
  readonly range: number;
  /** How long a step of the exchange waits for answers, in ms; 30,000 by default. Training is no step. */
  readonly stepMs?: number;
}

/** A site that may be asked, and its public weight. */
export interface WeightedLink {
  readonly link: SiteLink;
  readonly weight: number;
}

interface Expected {
  readonly kind: SecureAnswerStep["kind"];
  readonly missing: Set<string>;
  readonly accept: (site: string, step: SecureAnswerStep) => void;
  readonly settle: () => void;
}

/**
 * The messages of one secure round, on the coordinator's side: sends each step to the sites that are still in, waits for their
 * answers at most `stepMs`, and leaves out who is silent, gone, or answers wrongly.
 */
export class SecureExchange {
  readonly round: number;
  readonly threshold: number;
  readonly #linkOf: (site: string) => SiteLink | undefined;
  /** Over the heaviest. */
  readonly #weights: ReadonlyMap<string, number>;
  readonly #options: Required<SecureAggregationOptions>;
  readonly #length: number;
  readonly #plan: SecureOrderStep & { kind: "plan" };
  readonly #coordinator: SecureCoordinator;
  #expected: Expected | null = null;
  #isStopped = false;

  /**
   * @param cohortLinks - the cohort, at least 3, each with its identity and weight, > 0.
   * @param linkOf - how a site can be reached now: its line may have broken and be new.
   * @throws PrivacyError `invalid_argument` for a cohort that is too small or large.
   */
  constructor(
    { run, round }: { readonly run: string; readonly round: number },
    cohortLinks: readonly WeightedLink[],
    { length, task }: Pick<SecureRoundPlan, "length" | "task">,
    options: Required<SecureAggregationOptions>,
    linkOf: (site: string) => SiteLink | undefined,
  ) {
    this.round = round;
    this.#linkOf = linkOf;
    this.#options = options;
    this.#length = length;
    const links = cohortLinks.toSorted((a, b) => (a.link.site < b.link.site ? -1 : 1));
    const heaviest = Math.max(...links.map(({ weight }) => weight));
    this.#weights = new Map(links.map(({ link, weight }) => [link.site, weight / heaviest]));
    const cohort = [...this.#weights.keys()];
    const weights = [...this.#weights.values()];
    this.threshold = smallestThreshold(cohort.length);
    const agreed = { weights, range: options.range, task };
    this.#plan = { kind: "plan", cohort, ...agreed, threshold: this.threshold, length };
    const identities = new Map<string, KeyObject>();
    for (const { link } of links) if (link.identity !== null) identities.set(link.site, link.identity);
    const terms = secureTerms(agreed);
    const secure = { run, round, cohort, threshold: this.threshold, length, terms };
    this.#coordinator = openSecureCoordinator(secure, identities);
  }

  /** Keys and shares. @returns the sites that can send a masked update, or null when too few are left: the round is over. */
  async open(): Promise<readonly string[] | null> {
    return await this.#orNull(async () => {
      const coordinator = this.#coordinator;
      await this.#ask(this.#plan.cohort, this.#plan, "keys", (_, step) => {
        if (step.kind === "keys") coordinator.acceptAdvertisement(step.keys);
      });
      const keys = coordinator.closeAdvertisements();
      const advertised = keys.map(({ site }) => site);
      await this.#ask(advertised, { kind: "keys", keys }, "boxes", (site, step) => {
        if (step.kind === "boxes") coordinator.acceptShares(site, step.boxes);
      });
      const boxes = coordinator.closeShares();
      for (const [site, own] of boxes) this.#linkOf(site)?.secure(this.round, { kind: "boxes", boxes: own });
      return [...boxes.keys()];
    });
  }

  /**
   * Adds up masked updates, one in memory at a time, and takes the masks off.
   *
   * @param paths - by site: the file of its one int32 tensor.
   * @returns the weighted mean change of the sites that stayed, shape [length], or null when too few did.
   */
  async sum(paths: ReadonlyMap<string, string>): Promise<Float64Array | null> {
    return await this.#orNull(async () => {
      const coordinator = this.#coordinator;
      for (const [site, path] of paths) {
        const bytes = heldSpool(path) ?? (await readFile(path));
        const whole = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
        coordinator.acceptMasked(site, new Uint32Array(whole.buffer, whole.byteOffset, this.#length));
      }
      const sites = coordinator.closeMasked();
      await this.#ask(sites, { kind: "survivors", sites }, "attestation", (site, step) => {
        if (step.kind === "attestation" && step.attestation.site === site)
          coordinator.acceptAttestation(step.attestation);
      });
      const attestations = coordinator.closeAttestations();
      const signed = attestations.map(({ site }) => site);
      await this.#ask(signed, { kind: "attestations", attestations }, "disclosure", (site, step) => {
        if (step.kind === "disclosure") coordinator.acceptDisclosure({ ...step, site });
      });
      const { decode } = fixedPoint({ range: this.#options.range, sites: this.#plan.cohort.length });
      const mean = decode(await coordinator.unmask());
      const total = sites.reduce((sum, site) => sum + (this.#weights.get(site) ?? 0), 0);
      for (let i = 0; i < mean.length; i++) mean[i] /= total;
      return mean;
    });
  }

  /** One site's answer. What does not belong to the present step is no answer. */
  answer(link: SiteLink, round: number, step: SecureAnswerStep): void {
    const expected = this.#expected;
    if (expected === null || round !== this.round || !expected.missing.has(link.site)) return;
    if (step.kind === expected.kind) {
      try {
        expected.accept(link.site, step);
      } catch {
        // whatever a site's message sets off is that site's affair: it has dropped out, and the round goes on
      }
    } else if (step.kind !== "refused") return;
    this.#strike(link.site);
  }

  /** Nobody is waited for any more: the run is over. */
  stop(): void {
    this.#isStopped = true;
    this.#expected?.settle();
  }

  /** The site has left. */
  left(site: string): void {
    this.#strike(site);
  }

  #strike(site: string): void {
    const expected = this.#expected;
    if (expected?.missing.delete(site) === true && expected.missing.size === 0) expected.settle();
  }

  async #ask(
    sites: readonly string[],
    order: SecureOrderStep,
    kind: SecureAnswerStep["kind"],
    accept: (site: string, step: SecureAnswerStep) => void,
  ): Promise<void> {
    if (this.#isStopped) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((settle) => {
      this.#expected = { kind, missing: new Set(sites), accept, settle };
      timer = setTimeout(settle, this.#options.stepMs);
      for (const site of sites) {
        const link = this.#linkOf(site);
        if (link === undefined) this.#strike(site);
        else link.secure(this.round, order);
      }
    });
    clearTimeout(timer);
    this.#expected = null;
  }

  async #orNull<T>(body: () => Promise<T>): Promise<T | null> {
    try {
      return await body();
    } catch (error) {
      if (error instanceof PrivacyError && error.code === "protocol_violation") return null;
      throw error;
    }
  }
}
