import { type Tensor, add, clone, mul, tidy } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { invalidArgument } from "../core/index.ts";

/**
 * The pull of FedProx toward the weights that a round began with. After each step of the local optimizer the proximal step
 * of (µ/2)·‖w − w₀‖² is taken, which is stable for every µ:
 *
 *   w ← (w + η·µ·w₀) / (1 + η·µ)
 *
 * It reads weights that the private steps have paid for and constants, and no record: post-processing.
 *
 * @source Li et al. 2020, arXiv:1812.06127v5, equation (2), solved by proximal gradient steps.
 */
export class ProximalPull {
  readonly #model: LayersModel;
  readonly #first: readonly Tensor[];
  readonly #strength: number;

  private constructor(model: LayersModel, strength: number) {
    this.#model = model;
    this.#first = model.trainableWeights.map((w) => clone(w.read()));
    this.#strength = strength;
  }

  /**
   * Remembers the model's present weights; null when nothing pulls.
   *
   * @throws PrivacyError `invalid_argument` unless µ is a finite number ≥ 0: it comes from the coordinator.
   */
  static from(model: LayersModel, proximalMu: number, learningRate: number): ProximalPull | null {
    if (!(proximalMu >= 0 && proximalMu < Infinity)) {
      throw invalidArgument("config.proximalMu", "a finite number >= 0", proximalMu);
    }
    return proximalMu === 0 ? null : new ProximalPull(model, learningRate * proximalMu);
  }

  apply(): void {
    const share = 1 / (1 + this.#strength);
    for (const [i, weight] of this.#model.trainableWeights.entries()) {
      const pulled = tidy(() => add(mul(weight.read(), share), mul(this.#first[i], 1 - share)));
      weight.write(pulled);
      pulled.dispose();
    }
  }

  dispose(): void {
    for (const t of this.#first) t.dispose();
  }
}
