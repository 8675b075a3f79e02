import { scaleLog } from "d3-scale";
import { area, curveStepAfter, line } from "d3-shape";
import { invalidArgument } from "../core/index.ts";
import { type LegendEntry, type Tick, drawChart, note, plot } from "./chart-frame.ts";
import { printPercentUp } from "./printed-number.ts";
import { type SvgNode, element } from "./svg.ts";

/** One operating point of an attack. Both in [0, 1]. */
export interface RocPoint {
  readonly fpr: number;
  readonly tpr: number;
}

/** A confidence interval for the true positive rate at one false positive rate. All in [0, 1], low <= high. */
export interface RocBandPoint {
  readonly fpr: number;
  readonly low: number;
  readonly high: number;
}

export interface RocChart {
  /** The attack's curve, shape [points], false positive rates not decreasing. */
  readonly curve: readonly RocPoint[];
  /** Shape [points of the band], false positive rates not decreasing; empty: no band is drawn. */
  readonly band: readonly RocBandPoint[];
  /** The largest true positive rate that the guarantee allows at a false positive rate in (0, 1]. Returns [0, 1]. */
  readonly cap: (fpr: number) => number;
  readonly labels: {
    /** The attack, as in "Likelihood-ratio attack". */
    readonly attack: string;
    /** The claim behind the cap, as in "ε = 2.985, δ = 1e-7". */
    readonly claim: string;
    /** What the band is, as in "95 % Clopper-Pearson"; "" without a band. */
    readonly band: string;
  };
}

const lowest = 1e-4;
const cells = 240;

function parseRate(value: number, argument: string): number {
  if (!(value >= 0 && value <= 1)) throw invalidArgument(argument, "a rate in [0, 1]", value);
  return value;
}

function checkOrder(fprs: readonly number[], argument: string): void {
  fprs.forEach((fpr, i) => {
    parseRate(fpr, `${argument}[${i}].fpr`);
    if (fpr < (fprs[i - 1] ?? 0)) throw invalidArgument(`${argument}[${i}].fpr`, "no smaller than the one before", fpr);
  });
}

/** The rates at which curves are drawn: evenly spaced on the logarithmic axis, both ends included. */
function gridOfRates(): number[] {
  return Array.from({ length: cells + 1 }, (_, i) => (i === cells ? 1 : lowest ** (1 - i / cells)));
}

/**
 * The best that the curve reaches at or below each rate of the grid: the step function that the attack achieves, thinned.
 * A rate that fell between two grid rates is drawn at the later one, so the picture never shows more than was achieved.
 */
function thin(curve: readonly RocPoint[]): RocPoint[] {
  let [next, best] = [0, 0];
  return gridOfRates().map((fpr) => {
    for (; next < curve.length && (curve[next]?.fpr ?? 2) <= fpr; next++) best = Math.max(best, curve[next]?.tpr ?? 0);
    return { fpr, tpr: best };
  });
}

function percentTick(value: number): string {
  return `${Number((value * 100).toPrecision(1))} %`;
}

function logTicks(at: (value: number) => number): Tick[] {
  return [1e-4, 1e-3, 1e-2, 1e-1].flatMap((decade) => [
    { at: at(decade), label: percentTick(decade) },
    ...[2, 3, 4, 5, 6, 7, 8, 9].map((k) => ({ at: at(k * decade), label: "" })),
  ]);
}

function ticksWithEnd(at: (value: number) => number): Tick[] {
  return [...logTicks(at), { at: at(1), label: percentTick(1) }];
}

function rulesOut(cap: readonly RocPoint[]): boolean {
  return cap.some((p) => p.tpr < 1);
}

function legendOf(chart: RocChart, cap: readonly RocPoint[]): LegendEntry[] {
  const said = rulesOut(cap) ? "no attack can be above it" : "100 % everywhere, no protection";
  const { attack, claim, band } = chart.labels;
  const entries: LegendEntry[] = [{ label: `${attack}: measured`, swatch: "line", series: "measured" }];
  if (chart.band.length > 0)
    entries.push({ label: `${band} interval of the true positive rate`, swatch: "area", series: "measured" });
  return [
    ...entries,
    { label: `bound of the guarantee (${claim} and its profile): ${said}`, swatch: "line", series: "bound" },
    { label: "guessing (true positive rate = false positive rate)", swatch: "dashed", series: "reference" },
  ];
}

/**
 * Draws an attack's ROC curve under the curve that the privacy guarantee allows, both axes logarithmic from 0.01 % to
 * 100 %: what matters is how many members are found at a false positive rate low enough to act on.
 *
 * @returns an SVG document below 40 kB.
 * @throws PrivacyError `invalid_argument` on rates outside [0, 1], unordered rates, or an empty curve.
 * @source Carlini, Chien, Nasr, Song, Terzis, Tramèr 2022, arXiv:2112.03570v2, section IV (log-log ROC).
 */
export function rocSvg(chart: RocChart): string {
  if (chart.curve.length === 0) throw invalidArgument("curve", "at least one point", 0);
  checkOrder(
    chart.curve.map((p) => p.fpr),
    "curve",
  );
  checkOrder(
    chart.band.map((p) => p.fpr),
    "band",
  );
  chart.curve.forEach((p, i) => parseRate(p.tpr, `curve[${i}].tpr`));
  const x = scaleLog([lowest, 1], [0, plot.width]);
  const y = scaleLog([lowest, 1], [plot.height, 0]);
  // A logarithm has no zero: what lies below the axis is drawn below the frame and clipped.
  const yOf = (rate: number): number => (rate > lowest / 2 ? y(rate) : plot.height + 40);
  const capPoints = gridOfRates().map((fpr) => ({ fpr, tpr: parseRate(chart.cap(fpr), "cap(fpr)") }));
  const curve = line<RocPoint>(
    (p) => x(p.fpr),
    (p) => yOf(p.tpr),
  ).digits(2);
  const ruledOut = area<RocPoint>(
    (p) => x(p.fpr),
    0,
    (p) => y(Math.max(p.tpr, lowest)),
  ).digits(2);
  const chance: RocPoint[] = [
    { fpr: lowest, tpr: lowest },
    { fpr: 1, tpr: 1 },
  ];
  const marks: SvgNode[] = [
    element("path", { d: ruledOut(capPoints) ?? "", class: "area-bound" }),
    element("path", { d: curve(chance) ?? "", class: "line thin reference dash" }),
    ...bandMark(chart.band, x, yOf),
    element("path", { d: curve(capPoints) ?? "", class: "line bound" }),
    element("path", { d: curve.curve(curveStepAfter)(thin(chart.curve)) ?? "", class: "line measured" }),
  ];
  return drawChart({
    title: "Membership inference: attack and bound",
    subtitle: rulesOut(capPoints)
      ? `Above the bound of ${chart.labels.claim} no attack can be; further up is more leakage`
      : `The claim of ${chart.labels.claim} rules no attack out; further up is more leakage`,
    description: describe(chart),
    x: { label: "false positive rate (non-members called members)", ticks: ticksWithEnd(x) },
    y: { label: "true positive rate (members found)", ticks: ticksWithEnd(y) },
    legend: legendOf(chart, capPoints),
    marks,
    labels: capLabel(capPoints, y),
  });
}

function bandMark(band: readonly RocBandPoint[], x: (fpr: number) => number, yOf: (tpr: number) => number): SvgNode[] {
  const seen = band.filter((p) => p.fpr >= lowest);
  seen.forEach((p, i) => {
    if (!(parseRate(p.low, `band[${i}].low`) <= parseRate(p.high, `band[${i}].high`))) {
      throw invalidArgument(`band[${i}]`, "low <= high", "low > high");
    }
  });
  if (seen.length === 0) return [];
  const every = Math.max(1, Math.ceil(seen.length / cells));
  const shape = area<RocBandPoint>(
    (p) => x(p.fpr),
    (p) => yOf(p.low),
    (p) => yOf(p.high),
  ).digits(2);
  const kept = seen.filter((_, i) => i % every === 0 || i === seen.length - 1);
  return [element("path", { d: shape(kept) ?? "", class: "area-measured" })];
}

function capLabel(cap: readonly RocPoint[], y: (tpr: number) => number): SvgNode[] {
  const start = cap[0]?.tpr ?? 1;
  if (!rulesOut(cap))
    return [note(plot.width / 2, 22, "bound", "middle", "the bound is 100 % everywhere: no protection")];
  const at = y(Math.max(start, lowest));
  if (at < 60) return [];
  return [note(14, at / 2, "bound", "start", "ruled out by the guarantee")];
}

function describe(chart: RocChart): string {
  const at = (fpr: number): string => {
    const found = chart.curve.filter((p) => p.fpr <= fpr).reduce((best, p) => Math.max(best, p.tpr), 0);
    return `At a false positive rate of ${percentTick(fpr)} the attack finds ${printPercentUp(found)} of the members; the bound is ${printPercentUp(chart.cap(fpr))}.`;
  };
  return `Log-log ROC curve of ${chart.labels.attack} with the bound implied by ${chart.labels.claim}. ${at(1e-3)} ${at(1e-2)} ${at(1e-1)}`;
}
