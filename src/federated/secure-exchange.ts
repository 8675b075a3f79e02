import type { KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { PrivacyError } from "../core/index.ts";
import type { SiteLink } from "./desk.ts";
import {
  type SecureCoordinator,
  type SignedDispute,
  fixedPoint,
  openSecureCoordinator,
  smallestThreshold,
} from "./secagg/index.ts";
import { type SecureAnswerStep, type SecureOrderStep, secureTerms } from "./secure-messages.ts";
import { type SiteNoise, type SiteNoisePlan, rotationKeyOf, siteNoiseMechanism } from "./site-noise.ts";
import { heldSpool } from "./spool-memory.ts";

/** What a run of secure rounds is set up with: `range` or `siteNoise`, one of the two. */
export interface SecureAggregationOptions {
  /** Changes of parameters are cut off at ±range: a public constant, > 0. Small is precise. */
  readonly range?: number;
  /** Every site clips its change as a whole and adds its share of noise before it masks it. */
  readonly siteNoise?: SiteNoiseOptions;
  /** How long a step of the exchange waits for answers, in ms; 30,000 by default. Training is no step. */
  readonly stepMs?: number;
}

/** Noise from the sites, and the account of what the released sums cost. */
export interface SiteNoiseOptions {
  readonly plan: SiteNoisePlan;
  /** Folder of the coordinator's ledger; `scope` names what is charged. Each site keeps its own account as well. */
  readonly ledger: string;
  readonly scope: string;
  /** The most that the scope may ever spend, for the site as unit; null: counted and never refused. */
  readonly budget: { readonly epsilon: number | null; readonly delta: number };
}

/** How changes become words and what a step waits. */
export interface ExchangeOptions {
  /** 0 with noise. */
  readonly range: number;
  readonly noise: SiteNoise | null;
  readonly stepMs: number;
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
  readonly #options: ExchangeOptions;
  readonly #disputes: Map<string, number>;
  readonly #decode: (sum: Uint32Array, sites: readonly string[]) => Float64Array;
  readonly #plan: SecureOrderStep & { kind: "plan" };
  readonly #coordinator: SecureCoordinator;
  #expected: Expected | null = null;
  #isStopped = false;

  /**
   * @param cohortLinks - the cohort, at least 3, each with its identity and weight, > 0.
   * @param task - and `elements` of the model's float tensors.
   * @param linkOf - how a site can be reached now: its line may have broken and be new.
   * @param disputed - by site: its disputes in earlier rounds; those of this round are added.
   * @throws PrivacyError `invalid_argument` for a cohort that is too small or large.
   */
  constructor(
    { run, round }: { readonly run: string; readonly round: number },
    cohortLinks: readonly WeightedLink[],
    { elements, task }: { readonly elements: number; readonly task: string },
    options: ExchangeOptions,
    linkOf: (site: string) => SiteLink | undefined,
    disputed: Map<string, number> = new Map(),
  ) {
    this.round = round;
    this.#linkOf = linkOf;
    this.#options = options;
    this.#disputes = disputed;
    const links = cohortLinks.toSorted((a, b) => (a.link.site < b.link.site ? -1 : 1));
    const heaviest = Math.max(...links.map(({ weight }) => weight));
    this.#weights = new Map(links.map(({ link, weight }) => [link.site, weight / heaviest]));
    const cohort = [...this.#weights.keys()];
    const weights = [...this.#weights.values()];
    this.threshold = smallestThreshold(cohort.length);
    const { range, noise } = options;
    const agreed = { weights, range, task, noise };
    const mechanism = noise && siteNoiseMechanism(noise, elements, rotationKeyOf({ run, round }, task));
    const length = mechanism?.words ?? elements;
    this.#decode = mechanism === null ? this.#weightedMean : noisedMean(mechanism.decode);
    this.#plan = { kind: "plan", cohort, ...agreed, threshold: this.threshold, length };
    const identities = new Map<string, KeyObject>();
    for (const { link } of links) if (link.identity !== null) identities.set(link.site, link.identity);
    const terms = secureTerms(agreed);
    const secure = { run, round, cohort, threshold: this.threshold, length, terms };
    this.#coordinator = openSecureCoordinator(secure, identities);
  }

  /** What this round's sites said of boxes that do not open. */
  get disputes(): readonly SignedDispute[] {
    return this.#coordinator.disputes;
  }

  /** See `SecureCoordinator.misdealer`. */
  get misdealer(): string | null {
    return this.#coordinator.misdealer;
  }

  /** Words of a masked update. */
  get length(): number {
    return this.#plan.length;
  }

  /** Keys, shares, and whether what was sealed opens. @returns the sites that can send a masked update, or null when too few are left: the round is over. */
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
      const boxesFor = (site: string): SecureOrderStep => ({ kind: "boxes", boxes: boxes.get(site) ?? [] });
      await this.#ask([...boxes.keys()], boxesFor, "complaints", (site, step) => {
        if (step.kind === "complaints") coordinator.acceptComplaints(site, step.complaints);
      });
      const earlier = new Map(this.#disputes);
      this.#remember();
      const participants = coordinator.closeComplaints(earlier);
      for (const site of participants)
        this.#linkOf(site)?.secure(this.round, { kind: "participants", sites: participants });
      return participants;
    });
  }

  #remember(): void {
    for (const { site, accused } of this.disputes) {
      for (const name of [site, accused]) this.#disputes.set(name, (this.#disputes.get(name) ?? 0) + 1);
    }
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
        const whole = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes);
        coordinator.acceptMasked(site, new Uint32Array(whole.buffer, whole.byteOffset, this.#plan.length));
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
      return this.#decode(await coordinator.unmask(), sites);
    });
  }

  readonly #weightedMean = (sum: Uint32Array, sites: readonly string[]): Float64Array => {
    const { decode } = fixedPoint({ range: this.#options.range, sites: this.#plan.cohort.length });
    const mean = decode(sum);
    const total = sites.reduce((weight, site) => weight + (this.#weights.get(site) ?? 0), 0);
    for (let i = 0; i < mean.length; i++) mean[i] /= total;
    return mean;
  };

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
    order: SecureOrderStep | ((site: string) => SecureOrderStep),
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
        else link.secure(this.round, typeof order === "function" ? order(site) : order);
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

/** Who stayed is public, and so is the divisor. */
function noisedMean(
  decode: (sum: Uint32Array) => Float64Array,
): (sum: Uint32Array, sites: readonly string[]) => Float64Array {
  return (sum, sites) => decode(sum).map((value) => value / sites.length);
}
