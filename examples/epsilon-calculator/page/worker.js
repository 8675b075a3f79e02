// The accountant, off the page's own thread. One question at a time; a newer one ends the older.
import { account, calibrateNoiseMultiplier, guaranteeToJson, toDpAccounting } from "sordino/accounting";
import { eventOf } from "./question.js";

const curvePoints = 24;
const rocRates = [...Array.from({ length: 26 }, (_, k) => 10 ** (-5 + k / 5)), 1];
let newest = 0;

/** Lets a newer question arrive. */
function pause() {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

function stepsShown(steps) {
  // ε grows like a root of the steps, so early steps get more points
  const shown = Array.from({ length: curvePoints }, (_, k) => Math.round(steps * ((k + 1) / curvePoints) ** 2));
  return [...new Set(shown.filter((k) => k >= 1))];
}

function deltasShown(delta) {
  const lowest = Math.min(1e-12, delta / 10);
  const shown = Array.from({ length: curvePoints }, (_, k) => 0.1 * (lowest / 0.1) ** (k / (curvePoints - 1)));
  return [...shown, delta].filter((d) => d <= 0.5).sort((a, b) => b - a);
}

async function answer(id, question) {
  const { neighboring, delta, steps } = question;
  const event = eventOf(question);
  const accountant = account(event, { neighboring, now: () => performance.now() });
  const guarantee = accountant.guarantee({ delta });
  postMessage({ id, part: "guarantee", guarantee, json: guaranteeToJson(guarantee), theirs: toDpAccounting(event) });
  await pause();
  if (id !== newest) return;
  postMessage({ id, part: "roc", curve: accountant.tradeOff(rocRates), said: accountant.tradeOff([0.001, 0.01, 0.1]) });

  const profile = [];
  for (const at of deltasShown(delta)) {
    await pause();
    if (id !== newest) return;
    profile.push(...accountant.profile([at]));
  }
  postMessage({ id, part: "profile", curve: profile });

  const byStep = [{ steps: 0, epsilon: { lower: 0, upper: 0, point: 0 } }];
  for (const k of stepsShown(steps)) {
    await pause();
    if (id !== newest) return;
    const { epsilon } =
      k === steps ? guarantee : account(eventOf({ ...question, steps: k }), { neighboring }).guarantee({ delta });
    byStep.push({ steps: k, epsilon });
  }
  postMessage({ id, part: "steps", curve: byStep });
  postMessage({ id, part: "done" });
}

function solve(id, question, targetEpsilon) {
  const { delta, samplingProbability, steps, neighboring } = question;
  const { value } = calibrateNoiseMultiplier({ targetEpsilon, delta, samplingProbability, steps, neighboring });
  postMessage({ id, part: "solved", noiseMultiplier: value });
}

onmessage = async ({ data: { id, question, targetEpsilon } }) => {
  newest = id;
  try {
    if (targetEpsilon === undefined) await answer(id, question);
    else solve(id, question, targetEpsilon);
  } catch (error) {
    // the code in brackets is for programs
    const message = String(error instanceof Error ? error.message : error).replace(/^\[\w+\] /, "");
    postMessage({ id, part: "refused", message });
  }
};
