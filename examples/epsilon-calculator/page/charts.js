// Three plots as SVG, drawn at the width they are shown at, so that text keeps its size on a phone.
import { printNear } from "./numbers.js";

const svg = "http://www.w3.org/2000/svg";
const margin = { top: 14, right: 18, bottom: 44, left: 58 };

function node(name, attributes, text) {
  const made = document.createElementNS(svg, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

/** 1, 2 or 5 times a power of ten, about `count` of them. */
function niceStep(span, count) {
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5, 10].find((m) => m * power >= rough) ?? 10);
}

export function linearScale(highest, ticks = 5) {
  const step = niceStep(highest, ticks);
  const marks = [];
  for (let k = 0; k * step <= highest * (1 + 1e-9); k++) marks.push(k * step);
  return { share: (value) => value / highest, ticks: marks.map((at) => ({ at, label: printNear(at, 3) })) };
}

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

function powerLabel(power) {
  if (power === 0) return "1";
  return `10${power < 0 ? "⁻" : ""}${String(Math.abs(power))
    .split("")
    .map((d) => superscripts[Number(d)])
    .join("")}`;
}

export function logScale(lowest, highest, most = 7) {
  const [from, to] = [Math.log10(lowest), Math.log10(highest)];
  const every = Math.max(1, Math.ceil((to - from) / most));
  const ticks = [];
  for (let p = Math.ceil(from - 1e-9); p <= to + 1e-9; p++) {
    if ((Math.round(to) - p) % every === 0) ticks.push({ at: 10 ** p, label: powerLabel(p) });
  }
  return { share: (value) => (Math.log10(Math.max(value, lowest)) - from) / (to - from), ticks };
}

function axes(frame, { x, y, xTitle, yTitle }) {
  const { left, top, width, height } = frame;
  const group = node("g", { class: "axes" });
  for (const { at, label } of y.ticks) {
    const v = top + height * (1 - y.share(at));
    group.append(node("line", { class: "grid", x1: left, x2: left + width, y1: v, y2: v }));
    group.append(node("text", { x: left - 8, y: v + 4, "text-anchor": "end" }, label));
  }
  for (const { at, label } of x.ticks) {
    const h = left + width * x.share(at);
    group.append(node("line", { class: "tick", x1: h, x2: h, y1: top + height, y2: top + height + 5 }));
    group.append(node("text", { x: h, y: top + height + 19, "text-anchor": "middle" }, label));
  }
  group.append(node("line", { class: "axis", x1: left, x2: left + width, y1: top + height, y2: top + height }));
  const middle = top + height / 2;
  group.append(
    node("text", { class: "title", x: left + width / 2, y: top + height + 38, "text-anchor": "middle" }, xTitle),
  );
  group.append(
    node("text", { class: "title", transform: `translate(14 ${middle}) rotate(-90)`, "text-anchor": "middle" }, yTitle),
  );
  return group;
}

function pathOf(points, close = "") {
  return points.map(([h, v], i) => `${i === 0 ? "M" : "L"}${h.toFixed(2)} ${v.toFixed(2)}`).join("") + close;
}

/**
 * @param place - an element that holds the chart; emptied.
 * @param chart - scales, titles, `lines` of {points, kind}, `bands` of {upper, lower, kind}, `marks` of
 *   {x, y, label, isBelow?}, and `label`, what the picture shows in one sentence.
 */
export function drawChart(place, chart) {
  const full = Math.max(260, Math.round(place.clientWidth));
  const tall = Math.round(Math.min(300, Math.max(220, full * 0.62)));
  const frame = {
    left: margin.left,
    top: margin.top,
    width: full - margin.left - margin.right,
    height: tall - margin.top - margin.bottom,
  };
  const at = ([x, y]) => [
    frame.left + frame.width * chart.x.share(x),
    frame.top + frame.height * (1 - Math.min(1, Math.max(0, chart.y.share(y)))),
  ];
  const root = node("svg", {
    viewBox: `0 0 ${full} ${tall}`,
    width: full,
    height: tall,
    role: "img",
    "aria-label": chart.label,
  });
  root.append(axes(frame, chart));
  for (const band of chart.bands ?? []) {
    const around = [...band.upper.map(at), ...band.lower.map(at).toReversed()];
    root.append(node("path", { class: `band ${band.kind}`, d: pathOf(around, "Z") }));
  }
  for (const line of chart.lines)
    root.append(node("path", { class: `line ${line.kind}`, d: pathOf(line.points.map(at)) }));
  for (const mark of chart.marks ?? []) {
    const [h, v] = at([mark.x, mark.y]);
    root.append(node("circle", { class: "mark", cx: h, cy: v, r: 4.5 }));
    // left of the dot, off the curve, unless there is no room: about 7 pixels a letter
    const room = 7 * mark.label.length + 12;
    const isLeft = h - frame.left > room || full - h < room;
    const isBelow = (isLeft && mark.isBelow === true) || v < frame.top + 16;
    const text = node("text", { class: "said", x: h + (isLeft ? -9 : 9), y: v + (isBelow ? 18 : -8) }, mark.label);
    text.setAttribute("text-anchor", isLeft ? "end" : "start");
    root.append(text);
  }
  place.replaceChildren(root);
}
