// Prices a planned run before any data is touched, and finds the noise that a target needs.
//   node examples/price-an-event.js
import assert from "node:assert/strict";
import {
  account,
  calibrateNoiseMultiplier,
  gaussian,
  poissonSampled,
  selfComposed,
  toDpAccounting,
} from "sordino/accounting";

const neighboring = "add-or-remove-one";
const delta = 1e-5;

const event = selfComposed(poissonSampled(256 / 60_000, gaussian(1.1)), 14_062);
const { epsilon, engine } = account(event, { neighboring }).guarantee({ delta });
console.log(`epsilon <= ${epsilon.upper} at delta ${delta}, by ${engine}`);

const { value, guarantee } = calibrateNoiseMultiplier({
  targetEpsilon: 1,
  delta,
  samplingProbability: 256 / 60_000,
  steps: 14_062,
  neighboring,
});
console.log(`noise multiplier ${value} keeps epsilon at ${guarantee.epsilon.upper}`);
console.log("the same event for Google's dp_accounting:", JSON.stringify(toDpAccounting(event)));

// the true epsilon of this event is 2.38160 (two-sided PLD of independent code)
assert.ok(epsilon.upper >= 2.3815);
assert.ok(guarantee.epsilon.upper <= 1 && guarantee.epsilon.upper > 0.999);
