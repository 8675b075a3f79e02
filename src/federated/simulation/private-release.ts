import type { RandomSource } from "../../core/random-source.ts";
import type { DpFedAvgPlan } from "../dp-fed-avg.ts";
import type { MemoryUpdate } from "./memory-fold.ts";
import { type MemoryModel, floatTensors, floatsOfModel } from "./memory-model.ts";

/** One round of DP-FedAvg over all float tensors together. Other tensors stay as they were: nothing exact is released. */
export async function privateRelease(
  plan: DpFedAvgPlan,
  model: MemoryModel,
  updates: readonly MemoryUpdate[],
  clipNorm: number,
  random: RandomSource,
): Promise<{ model: MemoryModel; clipNorm: number }> {
  const { manifest } = model;
  const before = floatsOfModel(model);
  // one array for all: it is read before the next is asked for
  const flat = new Float64Array(before.length);
  const changed = (function* () {
    for (const { bytes, weight } of updates) if (weight > 0) yield floatsOfModel({ manifest, bytes }, flat);
  })();
  const release = await plan.release(before, changed, clipNorm, random);
  const bytes = model.bytes.map((b) => b.slice());
  let at = 0;
  for (const tensor of floatTensors({ manifest, bytes })) {
    tensor.set(release.model.subarray(at, at + tensor.length));
    at += tensor.length;
  }
  return { model: { manifest, bytes }, clipNorm: release.nextClipNorm };
}
