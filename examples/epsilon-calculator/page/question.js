// From what a person types to the event that is priced. Shared by the page, its worker and the check in Node.
import { gaussian, poissonSampled, selfComposed } from "sordino/accounting";

/** Fields of the form, as text, in the order in which they are complained about. */
export const fields = ["records", "batch", "epochs", "steps", "noise", "delta", "target"];

const labels = {
  records: "Records",
  batch: "Expected batch",
  epochs: "Epochs",
  steps: "Steps",
  noise: "Noise multiplier",
  delta: "Delta",
  target: "Target epsilon",
};

/** What is wrong with one field; shown beside it. */
export class FieldError extends Error {
  constructor(field, message) {
    super(`${labels[field]} ${message}`);
    this.field = field;
  }
}

function number(form, field) {
  const text = form[field].trim().replaceAll(/[\s_']/g, "");
  const value = Number(text);
  if (text === "" || Number.isNaN(value)) throw new FieldError(field, "must be a number.");
  return value;
}

function wholeNumber(form, field) {
  const value = number(form, field);
  if (!(Number.isSafeInteger(value) && value >= 1))
    throw new FieldError(field, "must be a whole number of at least 1.");
  return value;
}

function positive(form, field) {
  const value = number(form, field);
  if (!(value > 0 && value < Infinity)) throw new FieldError(field, "must be above 0 and finite.");
  return value;
}

function stepsOf(form, records, batch) {
  if (form.length === "steps") return wholeNumber(form, "steps");
  // a last, partial batch is a step like any other
  const steps = Math.ceil((positive(form, "epochs") * records) / batch);
  if (!Number.isSafeInteger(steps)) throw new FieldError("epochs", "must give fewer than 2^53 steps.");
  return steps;
}

/**
 * Reads the form.
 *
 * @param form - texts by field, and `length` ("epochs" or "steps") and `neighboring`.
 * @returns numbers ready for `account`; `samplingProbability` is batch / records exactly.
 * @throws FieldError for the first field that is out of range.
 */
export function readQuestion(form) {
  const records = wholeNumber(form, "records");
  const batch = wholeNumber(form, "batch");
  if (batch > records) {
    throw new FieldError("batch", `must be at most the number of records: ${batch} is more than ${records}.`);
  }
  const steps = stepsOf(form, records, batch);
  const noiseMultiplier = number(form, "noise");
  if (!(noiseMultiplier >= 0 && noiseMultiplier < Infinity)) {
    throw new FieldError("noise", "must be 0 or more, and finite.");
  }
  const delta = number(form, "delta");
  if (!(delta > 0 && delta < 1)) throw new FieldError("delta", "must lie between 0 and 1, both excluded.");
  const { neighboring } = form;
  return { records, batch, steps, noiseMultiplier, delta, neighboring, samplingProbability: batch / records };
}

/** The target of the solver. */
export function readTarget(form) {
  return positive(form, "target");
}

/** The event of `steps` steps of DP-SGD. */
export function eventOf({ samplingProbability, noiseMultiplier, steps }) {
  return selfComposed(poissonSampled(samplingProbability, gaussian(noiseMultiplier)), steps);
}
