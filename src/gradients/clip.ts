import { invalidArgument } from "../core/index.ts";

/**
 * How one record's gradient is bounded before it is added. Every kind bounds its L2 norm over all trainable weights, by
 * {@link totalClipNorm}, whatever the record: what is not finite counts as zero.
 *
 * - `flat`: g · min(1, C/‖g‖).
 * - `per-layer`: every layer by a norm of its own, in the order of the model's layers that hold trainable weights; the
 *   bound on the whole is the root of the sum of squares. A layer whose gradient is not finite counts as zero by itself.
 * - `automatic`: g · C/(‖g‖ + γ), so that every record weighs about the same and C is only a scale.
 *
 * @source Abadi et al. 2016, arXiv:1607.00133v2, Algorithm 1 (flat; per layer in section 3.2); Bu, Wang, Zha, Karypis
 *   2023, arXiv:2206.07136v3 (automatic: AUTO-S).
 */
export type Clip =
  | { readonly kind: "flat"; readonly l2ClipNorm: number }
  | { readonly kind: "per-layer"; readonly l2ClipNorms: readonly number[] }
  | { readonly kind: "automatic"; readonly l2ClipNorm: number; readonly gamma: number };

/**
 * Checks a clip's ranges: those that the bound on rounding was proven for.
 *
 * @returns a frozen copy.
 * @throws PrivacyError `invalid_argument`, naming the field.
 */
export function parseClip(clip: Clip): Clip {
  switch (clip?.kind) {
    case "flat":
      return Object.freeze({ kind: clip.kind, l2ClipNorm: parseNorm(clip.l2ClipNorm, "l2ClipNorm") });
    case "per-layer": {
      const norms: unknown = clip.l2ClipNorms;
      if (!Array.isArray(norms) || norms.length === 0) {
        throw invalidArgument("clip.l2ClipNorms", "one norm per layer with trainable weights", typeof norms);
      }
      const l2ClipNorms = Object.freeze(norms.map((norm, i) => parseNorm(norm, `clip.l2ClipNorms[${i}]`)));
      return Object.freeze({ kind: clip.kind, l2ClipNorms });
    }
    case "automatic": {
      const { gamma } = clip;
      // C / γ is what a gradient of zero is multiplied with: an infinite factor is one that no halving makes smaller
      if (!(typeof gamma === "number" && gamma >= 1e-100 && gamma < Infinity)) {
        throw invalidArgument("clip.gamma", "a finite number >= 1e-100", gamma, "0.01 is the paper's");
      }
      return Object.freeze({ kind: clip.kind, l2ClipNorm: parseNorm(clip.l2ClipNorm, "l2ClipNorm"), gamma });
    }
  }
  const kind: unknown = (clip as { kind?: unknown } | undefined)?.kind;
  throw invalidArgument("clip.kind", '"flat", "per-layer" or "automatic"', kind);
}

function parseNorm(value: unknown, argument: string): number {
  if (typeof value === "number" && value >= 1e-12 && value <= 1e12) return value;
  throw invalidArgument(argument, "in [1e-12, 1e12]", value, "a finite bound > 0 is what is priced; scale the loss");
}

/** C: the bound on the L2 norm of what one record adds, over all trainable weights. */
export function totalClipNorm(clip: Clip): number {
  if (clip.kind !== "per-layer") return clip.l2ClipNorm;
  // rounded up: the square root and every square and sum are off by at most half an ulp each
  return (
    Math.sqrt(clip.l2ClipNorms.reduce((sum, norm) => sum + norm * norm, 0)) * (1 + clip.l2ClipNorms.length * 2 ** -50)
  );
}

/** The same clip with every norm times `factor`, for schedules and adaptive norms. γ stays. */
export function scaleClip(clip: Clip, factor: number): Clip {
  if (clip.kind !== "per-layer") return parseClip({ ...clip, l2ClipNorm: clip.l2ClipNorm * factor });
  return parseClip({ ...clip, l2ClipNorms: clip.l2ClipNorms.map((norm) => norm * factor) });
}

/** Layers that share one norm, and how they are scaled. */
export interface ClipPart {
  /** The one layer's name; null: all of them. */
  readonly layer: string | null;
  readonly l2ClipNorm: number;
  readonly gamma: number;
}

/** @throws PrivacyError `invalid_argument` when there are not as many norms as layers, or two layers have one name. */
export function partsOf(clip: Clip, layerNames: readonly string[]): ClipPart[] {
  if (clip.kind !== "per-layer") {
    return [{ layer: null, l2ClipNorm: clip.l2ClipNorm, gamma: clip.kind === "automatic" ? clip.gamma : 0 }];
  }
  if (clip.l2ClipNorms.length !== layerNames.length) {
    const expected = `${layerNames.length} norms, for ${layerNames.join(", ")}`;
    throw invalidArgument("clip.l2ClipNorms", expected, `${clip.l2ClipNorms.length} norms`);
  }
  // each would be clipped with the other, and added by both norms
  const twin = layerNames.find((name, i) => layerNames.indexOf(name) !== i);
  if (twin !== undefined) {
    const expected = "for layers of different names";
    throw invalidArgument(
      "clip.l2ClipNorms",
      expected,
      `two that are named ${twin}`,
      "rename one of the nested layers",
    );
  }
  return clip.l2ClipNorms.map((l2ClipNorm, i) => ({ layer: layerNames[i] ?? null, l2ClipNorm, gamma: 0 }));
}

/** What a gradient of norm `norm` is multiplied with so that it is at most `target` long. */
export function clipScale(norm: number, target: number, gamma: number): number {
  if (gamma > 0) return target / (norm + gamma);
  return norm > target ? target / norm : 1;
}
