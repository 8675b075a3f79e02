import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import { invalidArgument } from "../core/index.ts";
import { type LegendEntry, type Tick, drawChart, note, plot } from "./chart-frame.ts";
import { printPlain, printRoundedUp } from "./printed-number.ts";
import { type SvgNode, element } from "./svg.ts";

export interface EpsilonByStep {
  /** Optimizer steps, strictly increasing whole numbers >= 0, shape [points], at least one. */
  readonly steps: readonly number[];
  /** Upper bound on epsilon after each of `steps`, nats, never decreasing, Infinity allowed, shape [points]. */
  readonly epsilon: readonly number[];
  /** The budget, > 0, drawn as a line; null when the run has none. */
  readonly target: number | null;
  /** The delta the curve holds at, for the subtitle. */
  readonly delta?: number;
}

interface Point {
  readonly step: number;
  readonly epsilon: number;
}

// About one point for two pixels: more can not be seen, and keeps a long run's picture below 40 kB.
const mostPoints = 320;
// Up to here each point is shown as the computed value that it is; the line between is for the eye.
const mostDots = 40;

function parsePoints(input: EpsilonByStep): Point[] {
  const { steps, epsilon, target } = input;
  if (steps.length === 0 || steps.length !== epsilon.length) {
    throw invalidArgument("epsilon", `one value per step (${steps.length}, at least 1)`, epsilon.length);
  }
  if (target !== null && !(target > 0 && target < Infinity)) {
    throw invalidArgument("target", "a finite number > 0, or null", target);
  }
  return steps.map((step, i) => {
    const value = epsilon[i] ?? NaN;
    if (!Number.isSafeInteger(step) || step < 0) throw invalidArgument(`steps[${i}]`, "a whole number >= 0", step);
    if (i > 0 && step <= (steps[i - 1] ?? 0)) throw invalidArgument(`steps[${i}]`, "more than the one before", step);
    if (!(value >= (epsilon[i - 1] ?? 0))) {
      throw invalidArgument(
        `epsilon[${i}]`,
        "a number no smaller than the one before: what is spent stays spent",
        value,
      );
    }
    return { step, epsilon: value };
  });
}

/** Every k-th point, and always the last, which is the one that is quoted. */
function thin(points: readonly Point[]): Point[] {
  const every = Math.max(1, Math.ceil(points.length / mostPoints));
  return points.filter((_, i) => i % every === 0 || i === points.length - 1);
}

function ticksOf(values: readonly number[], at: (value: number) => number): Tick[] {
  return values.map((value) => ({ at: at(value), label: printPlain(value) }));
}

function legendOf(input: EpsilonByStep): LegendEntry[] {
  const entries: LegendEntry[] = [
    { label: "privacy spent: upper bound on ε after each step", swatch: "line", series: "measured" },
  ];
  const { target } = input;
  if (target === null) return entries;
  return [...entries, { label: `budget: ε = ${printPlain(target)}`, swatch: "dashed", series: "bound" }];
}

/**
 * Draws how the privacy loss grew over training: steps on x, the upper bound on epsilon on y, the budget as a line.
 *
 * @returns an SVG document, below 40 kB whatever the number of points; values that are Infinity are said, not drawn.
 * @throws PrivacyError `invalid_argument` on unequal lengths, unordered steps, a falling or NaN epsilon.
 */
export function epsilonByStepSvg(input: EpsilonByStep): string {
  const points = parsePoints(input);
  const last = points[points.length - 1];
  const finite = thin(points.filter((p) => p.epsilon < Infinity));
  const top = Math.max(...finite.map((p) => p.epsilon), input.target ?? 0);
  const x = scaleLinear([Math.min(points[0]?.step ?? 0, 0), Math.max(last.step, 1)], [0, plot.width]);
  const y = scaleLinear([0, top > 0 ? top * 1.12 : 1], [plot.height, 0]);
  const printed = last.epsilon < Infinity ? printRoundedUp(last.epsilon) : "infinite";
  const path = line<Point>(
    (p) => x(p.step),
    (p) => y(p.epsilon),
  ).digits(2);
  const marks: SvgNode[] = [];
  if (finite.length > 0) marks.push(element("path", { d: path(finite) ?? "", class: "line measured" }));
  if (finite.length <= mostDots) marks.push(...finite.map((p) => dot(x(p.step), y(p.epsilon), 2.5)));
  const labels: SvgNode[] = [];
  if (input.target !== null) {
    const at = y(input.target);
    marks.push(element("line", { x1: 0, x2: plot.width, y1: at, y2: at, class: "line thin bound dash" }));
    labels.push(note(8, at - 8, "bound", "start", `budget ${printPlain(input.target)}`));
  }
  labels.push(...endLabel(last, x, y, printed, input.target));
  const at = input.delta === undefined ? "" : ` at δ = ${printPlain(input.delta)}`;
  return drawChart({
    title: "Privacy spent by training step",
    subtitle: `ε${at} after step ${printPlain(last.step)}: ${printed}${last.epsilon < Infinity ? " (rounded up)" : ""}`,
    description: describe(points, printed, input.target, at),
    x: { label: "optimizer step", ticks: ticksOf(x.ticks(6).filter(Number.isInteger), x) },
    y: { label: "ε (upper bound)", ticks: ticksOf(y.ticks(6), y) },
    legend: legendOf(input),
    marks,
    labels,
  });
}

function dot(cx: number, cy: number, r: number): SvgNode {
  return element("circle", { cx, cy, r, class: "dot" });
}

function endLabel(
  last: Point,
  x: (step: number) => number,
  y: (epsilon: number) => number,
  printed: string,
  target: number | null,
): SvgNode[] {
  if (last.epsilon === Infinity) {
    return [note(plot.width / 2, plot.height / 2, "bound", "middle", "ε is infinite: this run protects nothing")];
  }
  const [cx, cy] = [x(last.step), y(last.epsilon)];
  // Above and left of its point a growing curve never passes; only the budget's line may, and then below will do.
  const budget = target === null ? Infinity : y(target);
  const crossed = budget > cy - 30 && budget < cy + 2;
  const at = crossed ? cy + 24 : cy - 12;
  return [dot(cx, cy, 4), note(cx - 8, at, "measured", "end", `ε = ${printed}`)];
}

function describe(points: readonly Point[], printed: string, target: number | null, at: string): string {
  const last = points[points.length - 1];
  const budget = target === null ? "No budget was set." : `The budget is ${printPlain(target)}.`;
  return `Line chart. After step ${last?.step ?? 0} the upper bound on epsilon${at} is ${printed}. ${budget}`;
}
