// The page: reads the form, asks the worker, shows what comes back.
import { drawChart, linearScale, logScale } from "./charts.js";
import { printCount, printDown, printNear, printPercentUp, printUp } from "./numbers.js";
import { FieldError, fields, readQuestion, readTarget } from "./question.js";

/* global __WORKER_SOURCE__ -- the bundled worker, put here by build.js */
const worker = new Worker(URL.createObjectURL(new Blob([__WORKER_SOURCE__], { type: "text/javascript" })));
const $ = (id) => document.getElementById(id);
const form = $("form");
let asked = 0;

function send(message) {
  // a worker has no origin to name
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  worker.postMessage(message);
}

let question;
/** What the charts show, kept for drawing again when the width changes. */
let shown = {};

function formText() {
  const text = Object.fromEntries(fields.map((field) => [field, $(field).value]));
  const data = new FormData(form);
  return { ...text, length: data.get("length"), neighboring: data.get("neighboring") };
}

function showProblem(field, message) {
  for (const name of fields) {
    $(name).toggleAttribute("aria-invalid", name === field);
    if (name === field) $(name).setAttribute("aria-invalid", "true");
  }
  $("problem").textContent = message;
  $("problem").hidden = message === "";
}

function clearResults() {
  asked += 1;
  shown = {};
  document.body.dataset.state = "refused";
  for (const id of ["epsilon-upper", "epsilon-lower", "epsilon-point"]) {
    $(id).textContent = "–";
    $(id).value = "";
  }
  for (const id of ["statement", "disclosures", "caveats", "roc-said"]) $(id).replaceChildren();
  for (const id of ["event", "event-theirs"]) $(id).textContent = "";
  drawAll();
}

/** Reads, derives what needs no accountant, asks. */
function ask() {
  const text = formText();
  $("epochs").disabled = text.length !== "epochs";
  $("steps").disabled = text.length !== "steps";
  keepSliders();
  try {
    question = readQuestion(text);
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    showProblem(error.field, error.message);
    $("derived").textContent = "";
    clearResults();
    return;
  }
  showProblem("", "");
  const { records, batch, steps, delta } = question;
  $("derived").textContent = `q = ${printCount(batch)} / ${printCount(records)}, ${printCount(steps)} steps`;
  if (text.length === "epochs") $("steps").value = String(steps);
  else $("epochs").value = String(Number(((steps * batch) / records).toPrecision(6)));
  const expected = records * delta;
  $("disclosures").textContent =
    `N·δ = ${printNear(expected, 3)}: so many records, on average, may a mechanism with this δ publish outright.` +
    (expected > 0.01 ? " That is not small; choose δ so that N·δ is at most 0.01." : "");
  $("disclosures").classList.toggle("warning", expected > 0.01);
  asked += 1;
  document.body.dataset.state = "busy";
  send({ id: asked, question });
}

function show(id, value, text) {
  $(id).value = String(value);
  $(id).textContent = text;
}

function showGuarantee({ guarantee, json, theirs }) {
  const { epsilon, delta, engine, engines, caveats } = guarantee;
  show("epsilon-upper", epsilon.upper, printUp(epsilon.upper));
  show("epsilon-lower", epsilon.lower, printDown(epsilon.lower));
  show("epsilon-point", epsilon.point, printNear(epsilon.point));
  $("delta-said").textContent = printNear(delta, 6);
  const ms = engines.reduce((sum, e) => sum + (e.ms ?? 0), 0);
  $("facts").textContent =
    `Upper bound by the ${engine} engine; ${engines.length === 1 ? "one engine" : `${engines.length} engines`} in ${Math.max(1, Math.round(ms))} ms, in this browser.`;
  const rows = engines.map((e) => {
    const row = document.createElement("tr");
    for (const text of [e.name, printDown(e.epsilon.lower), printUp(e.epsilon.upper), e.why]) {
      row.append(Object.assign(document.createElement("td"), { textContent: text }));
    }
    return row;
  });
  $("engines").replaceChildren(...rows);
  $("caveats").replaceChildren(...[...relationCaveats(), ...caveats].map(listItem));
  $("event").textContent = JSON.stringify(guarantee.event, null, 1);
  $("event-theirs").textContent = JSON.stringify(theirs, null, 1);
  $("guarantee").value = json;
  shown.guarantee = guarantee;
}

function listItem(text) {
  return Object.assign(document.createElement("li"), { textContent: text });
}

const relations = {
  "add-or-remove-one": "Neighbors differ by one record that is there or not.",
  "zero-out": "Neighbors differ by one record whose contribution is there or is zero; the number of records is public.",
  "replace-one": "Neighbors differ by one record that is exchanged for another; the sum moves by up to 2C.",
};

function relationCaveats() {
  return [
    relations[question.neighboring],
    "Each record's gradient is clipped to norm C; Gaussian noise of standard deviation z·C is added to the sum of each batch.",
  ];
}

function sayRoc(said) {
  const sentences = said.map(({ falsePositiveRate: fpr, truePositiveRate: tpr }) => {
    const row = document.createElement("tr");
    for (const text of [printPercentUp(fpr), printPercentUp(tpr)]) {
      row.append(Object.assign(document.createElement("td"), { textContent: text }));
    }
    return row;
  });
  $("roc-said").replaceChildren(...sentences);
  const { falsePositiveRate, truePositiveRate } = said[1];
  $("statement").textContent =
    truePositiveRate >= 1
      ? "At this epsilon that is no protection: an attack that finds every member is not ruled out."
      : `An attacker who wrongly accuses at most ${printPercentUp(falsePositiveRate)} of outsiders can find at most ${printPercentUp(truePositiveRate)} of the people in the data, whatever else is known about them.`;
}

const isFinitePoint = ([x, y]) => Number.isFinite(x) && Number.isFinite(y);

function drawSteps() {
  const { steps: curve } = shown;
  const line = (end) => curve.map((p) => [p.steps, p.epsilon[end]]).filter(isFinitePoint);
  const [upper, lower] = [line("upper"), line("lower")];
  const last = upper.at(-1);
  if (last === undefined || upper.length < 2) return "steps";
  drawChart($("steps-chart"), {
    label: `Epsilon for runs of up to ${last[0]} steps rises to ${printUp(last[1])}.`,
    x: linearScale(last[0], $("steps-chart").clientWidth < 420 ? 3 : 5),
    y: linearScale(last[1] * 1.12),
    xTitle: "steps planned",
    yTitle: "epsilon",
    bands: [{ upper, lower, kind: "certain" }],
    lines: [{ points: upper, kind: "bound" }],
    marks: [{ x: last[0], y: last[1], label: `ε ≤ ${printUp(last[1])}` }],
  });
  return undefined;
}

function drawProfile() {
  const { profile: curve, guarantee } = shown;
  const line = (end) => curve.map((p) => [p.epsilon[end], p.delta]).filter(isFinitePoint);
  const [upper, lower] = [line("upper"), line("lower")];
  const highest = Math.max(...upper.map(([x]) => x), 0);
  if (!(highest > 0)) return "profile";
  const lowestDelta = curve.at(-1).delta;
  drawChart($("profile-chart"), {
    label: `Delta falls as epsilon grows; at delta ${guarantee.delta} epsilon is at most ${printUp(guarantee.epsilon.upper)}.`,
    x: linearScale(highest * 1.08, $("profile-chart").clientWidth < 420 ? 4 : 6),
    y: logScale(lowestDelta, 1),
    xTitle: "epsilon",
    yTitle: "delta",
    bands: [{ upper, lower, kind: "certain" }],
    lines: [{ points: upper, kind: "bound" }],
    marks: [
      {
        x: guarantee.epsilon.upper,
        y: guarantee.delta,
        isBelow: true,
        label: `(${printUp(guarantee.epsilon.upper)}, ${printNear(guarantee.delta, 6)})`,
      },
    ],
  });
  return undefined;
}

function drawRoc() {
  const points = shown.roc.map((p) => [p.falsePositiveRate, p.truePositiveRate]);
  const guess = [
    [1e-5, 1e-5],
    [1, 1],
  ];
  const cap = shown.said[1];
  drawChart($("roc-chart"), {
    label: `No attack reaches a true positive rate above ${printPercentUp(cap.truePositiveRate)} at 1 % false positives.`,
    x: logScale(1e-5, 1, $("roc-chart").clientWidth < 420 ? 3 : 6),
    y: logScale(1e-5, 1, 5),
    xTitle: "false positive rate",
    yTitle: "true positive rate",
    bands: [{ upper: points, lower: guess, kind: "possible" }],
    lines: [
      { points: guess, kind: "guess" },
      { points, kind: "bound" },
    ],
    marks: [
      { x: cap.falsePositiveRate, y: cap.truePositiveRate, label: `${printPercentUp(cap.truePositiveRate)} at 1 %` },
    ],
  });
  return undefined;
}

function drawAll() {
  const draws = { steps: drawSteps, profile: drawProfile, roc: drawRoc };
  for (const [name, draw] of Object.entries(draws)) {
    const empty = shown[name] === undefined ? name : draw();
    if (empty === undefined) continue;
    if (shown[name] === undefined && document.body.dataset.state === "busy") continue;
    $(`${name}-chart`).replaceChildren(
      Object.assign(document.createElement("p"), { className: "empty", textContent: "Nothing finite to draw." }),
    );
  }
}

worker.addEventListener("message", ({ data }) => {
  if (data.id !== asked) return;
  if (data.part === "guarantee") showGuarantee(data);
  else if (data.part === "roc") {
    shown.roc = data.curve;
    shown.said = data.said;
    sayRoc(data.said);
  } else if (data.part === "profile") shown.profile = data.curve;
  else if (data.part === "steps") shown.steps = data.curve;
  else if (data.part === "solved") {
    // more noise than needed in the sixth digit, never less
    $("noise").value = printUp(data.noiseMultiplier, 6);
    $("solved").textContent = `z = ${$("noise").value} keeps epsilon at or below ${$("target").value}.`;
    ask();
    return;
  } else if (data.part === "refused") {
    showProblem("", data.message);
    clearResults();
    return;
  }
  if (data.part === "done") document.body.dataset.state = "done";
  drawAll();
});
worker.addEventListener("error", () => showProblem("", "The accountant could not start in this browser."));

/** Sliders stand for the logarithm of the number beside them. */
const sliders = [
  ["noise-slider", "noise", 10],
  ["delta-slider", "delta", 10],
];

function keepSliders() {
  for (const [slider, field] of sliders) {
    const value = Number($(field).value);
    if (value > 0) $(slider).value = String(Math.log10(value));
    $(slider).setAttribute("aria-valuetext", $(field).value);
  }
}

for (const [slider, field] of sliders) {
  $(slider).addEventListener("input", () => {
    const digits = field === "delta" ? 1 : 3;
    $(field).value = String(Number((10 ** Number($(slider).value)).toPrecision(digits)));
    $("solved").textContent = "";
    ask();
  });
}
form.addEventListener("input", (event) => {
  if (event.target.type === "range" || event.target.id === "target") return;
  $("solved").textContent = "";
  ask();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  try {
    const target = readTarget(formText());
    question = readQuestion(formText());
    asked += 1;
    document.body.dataset.state = "busy";
    $("solved").textContent = "Searching …";
    send({ id: asked, question, targetEpsilon: target });
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    showProblem(error.field, error.message);
  }
});
new ResizeObserver(() => drawAll()).observe($("charts"));
ask();
