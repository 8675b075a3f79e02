import { epsilonText } from "./number-text.ts";
import type { Output } from "./output.ts";

/** Formats seconds as 1:05 or 1:02:03. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number): string => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/**
 * A progress line for a training run: step, epsilon so far, examples per second (by the public expected batch, never the
 * realised one), time left. Refreshed ten times a second on a terminal; one plain line in five seconds elsewhere.
 */
export function trainingProgress(
  output: Output,
  expectedBatchSize?: number,
  now: () => number = () => performance.now(),
): (step: { index: number; steps: number; epsilon: number }) => void {
  const interval = output.isTerminal ? 100 : 5000;
  const started = now();
  let first: number | undefined;
  let shown = -Infinity;
  return ({ index, steps, epsilon }) => {
    first ??= index - 1;
    const time = now();
    if (time - shown < interval && index < steps) return;
    shown = time;
    const perStep = (time - started) / 1000 / (index - first);
    const bar = output.isTerminal ? `${barText(index / steps)} ` : "";
    const rate = expectedBatchSize === undefined ? "" : `${Math.round(expectedBatchSize / perStep)} examples/s  `;
    output.status(
      `${bar}step ${index}/${steps}  epsilon ${epsilonText(epsilon, "up", 3)}  ${rate}${clockText((steps - index) * perStep)} left`,
    );
  };
}

function barText(share: number): string {
  const filled = Math.round(24 * share);
  return `[${"#".repeat(filled)}${"-".repeat(24 - filled)}]`;
}
