import { type SvgNode, coordinate, element, shorten, text } from "./svg.ts";

/** One tick of an axis; a minor one has a short line and no label. */
export interface Tick {
  /** Pixels from the plot's left edge (x) or top edge (y). */
  readonly at: number;
  /** "" for a minor tick. */
  readonly label: string;
}

export interface Axis {
  readonly label: string;
  readonly ticks: readonly Tick[];
}

/** One row of the legend, drawn below the plot, where it can cover nothing. */
export interface LegendEntry {
  readonly label: string;
  readonly swatch: "line" | "dashed" | "area";
  /** A class of the style sheet below. */
  readonly series: Series;
}

export type Series = "measured" | "bound" | "reference";

export interface ChartFrame {
  readonly title: string;
  readonly subtitle: string;
  /** What a reader who can not see the picture is told. */
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly legend: readonly LegendEntry[];
  /** Drawn inside the plot area, in its own coordinates, clipped to it. */
  readonly marks: readonly SvgNode[];
  /** Drawn over the marks and not clipped: labels beside a line. */
  readonly labels: readonly SvgNode[];
}

/** The plot area, in pixels. */
export const plot: { readonly width: number; readonly height: number } = { width: 648, height: 340 };
const margin = { top: 72, left: 84, right: 28 } as const;
const legendRow = 22;

// Colours: two hues that stay apart for the common kinds of colour blindness and in greyscale, at a contrast of at
// least 4.5 : 1 against their own background, which is painted so that the page's does not matter.
const style = `
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif;fill:#1f2937}
.paper{fill:#ffffff}.heading{font-size:18px;font-weight:600}.sub{font-size:13px;fill:#4b5563}
.tick{font-size:12px;fill:#4b5563}.name{font-size:13px}.key{font-size:13px}.note{font-size:12px;font-weight:600}
.text-measured{paint-order:stroke;stroke:#ffffff;stroke-width:4px;stroke-linejoin:round}
.axis{stroke:#6b7280;stroke-width:1;fill:none}.grid{stroke:#e5e7eb;stroke-width:1;fill:none}
.line{fill:none;stroke-width:2.25;stroke-linejoin:round}.thin{stroke-width:1.5}
.dash{stroke-dasharray:6 4}.measured{stroke:#1d4ed8}.bound{stroke:#b45309}.reference{stroke:#6b7280}
.area-measured{fill:#1d4ed8;fill-opacity:.18}.area-bound{fill:#b45309;fill-opacity:.12}.area-reference{fill:#6b7280;fill-opacity:.12}
.dot{fill:#1d4ed8}.text-bound{fill:#92400e}.text-measured{fill:#1e40af}
@media (prefers-color-scheme:dark){text{fill:#e5e7eb}.paper{fill:#111827}.sub,.tick{fill:#b6bdc8}.axis{stroke:#9ca3af}
.grid{stroke:#273244}.measured{stroke:#7db0ff}.bound{stroke:#fbbf24}.reference{stroke:#9ca3af}
.area-measured{fill:#7db0ff}.area-bound{fill:#fbbf24}.area-reference{fill:#9ca3af}.dot{fill:#7db0ff}.text-bound{fill:#fcd34d}.text-measured{fill:#a8caff;stroke:#111827}}
`;

function textAt(x: number, y: number, className: string, anchor: string, content: string): SvgNode {
  return element("text", { x, y, class: className, "text-anchor": anchor }, text(content));
}

function group(x: number, y: number, ...children: readonly SvgNode[]): SvgNode {
  return element("g", { transform: `translate(${coordinate(x)} ${coordinate(y)})` }, ...children);
}

function xAxis(axis: Axis): SvgNode[] {
  const parts = axis.ticks.flatMap((tick) => {
    const line = { x1: tick.at, x2: tick.at, y2: plot.height };
    if (tick.label === "") return [element("line", { ...line, y1: plot.height - 4, class: "axis" })];
    return [
      element("line", { ...line, y1: 0, class: "grid" }),
      textAt(tick.at, plot.height + 20, "tick", "middle", tick.label),
    ];
  });
  return [...parts, textAt(plot.width / 2, plot.height + 44, "name", "middle", axis.label)];
}

function yAxis(axis: Axis): SvgNode[] {
  const parts = axis.ticks.flatMap((tick) => {
    const line = { y1: tick.at, y2: tick.at, x1: 0 };
    if (tick.label === "") return [element("line", { ...line, x2: 4, class: "axis" })];
    return [
      element("line", { ...line, x2: plot.width, class: "grid" }),
      textAt(-10, tick.at + 4, "tick", "end", tick.label),
    ];
  });
  const name = element(
    "text",
    { class: "name", "text-anchor": "middle", transform: `translate(-62 ${coordinate(plot.height / 2)}) rotate(-90)` },
    text(axis.label),
  );
  return [...parts, name];
}

function legendKey(entry: LegendEntry, row: number): SvgNode {
  const y = row * legendRow;
  const dashed = entry.swatch === "dashed" ? " dash" : "";
  const swatch =
    entry.swatch === "area"
      ? element("rect", { x: 0, y: y - 6, width: 30, height: 12, class: `area-${entry.series}` })
      : element("line", { x1: 0, x2: 30, y1: y, y2: y, class: `line ${entry.series}${dashed}` });
  return element("g", {}, swatch, textAt(40, y + 4, "key", "start", shorten(entry.label, 96)));
}

/**
 * A whole SVG document: title, subtitle, axes, marks and legend. It carries its own background, light or dark as the
 * reader's screen asks, so it reads on any page; `role`, `title` and `desc` serve readers who do not see it.
 */
export function drawChart(frame: ChartFrame): string {
  const width = margin.left + plot.width + margin.right;
  const legendTop = margin.top + plot.height + 74;
  const height = legendTop + frame.legend.length * legendRow;
  const clip = element("clipPath", { id: "plot" }, element("rect", { ...plot }));
  const root = element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "img",
      "aria-labelledby": "chart-title chart-description",
    },
    element("title", { id: "chart-title" }, text(frame.title)),
    element("desc", { id: "chart-description" }, text(frame.description)),
    { markup: `<style>${style}</style>` },
    element("defs", {}, clip),
    element("rect", { width, height, rx: 8, class: "paper" }),
    textAt(margin.left, 32, "heading", "start", shorten(frame.title, 72)),
    textAt(margin.left, 54, "sub", "start", shorten(frame.subtitle, 104)),
    group(
      margin.left,
      margin.top,
      ...xAxis(frame.x),
      ...yAxis(frame.y),
      element("g", { "clip-path": "url(#plot)" }, ...frame.marks),
      element("rect", { ...plot, class: "axis" }),
      ...frame.labels,
    ),
    group(margin.left, legendTop, ...frame.legend.map(legendKey)),
  );
  return `${root.markup}\n`;
}

/** A label inside the plot area. */
export function note(x: number, y: number, series: "measured" | "bound", anchor: string, content: string): SvgNode {
  return textAt(x, y, `note text-${series}`, anchor, shorten(content, 60));
}
