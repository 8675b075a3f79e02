import type { Manifest } from "./manifest.ts";
import type { SitePrivacy } from "./site-privacy.ts";

/** A whole and valid update. */
export interface Delivery {
  readonly round: number;
  /** Spool file; the desk's to remove once it accepts. */
  readonly path: string;
  readonly tensors: Manifest;
  readonly stepsTaken: number;
  readonly privacy: SitePrivacy | null;
}

/** One site that a round asked. */
export interface AskedSite {
  readonly site: string;
  readonly weight: number;
  /** Its public loss before the round; null where the strategy needs none or it gave none. */
  readonly loss: number | null;
}
