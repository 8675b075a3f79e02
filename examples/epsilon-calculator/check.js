// Opens the calculator in headless Chromium, types into it, and compares what it shows with the accountant in Node.
//   npm run build && node examples/epsilon-calculator/check.js [--screenshots FOLDER]
// Exits 2 on a disagreement, 3 when Chromium or its driver is absent.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { account } from "sordino/accounting";
import { openBrowser } from "./browser.js";
import { buildPage } from "./build.js";
import { printDown, printPercentUp, printUp } from "./page/numbers.js";
import { eventOf, readQuestion } from "./page/question.js";

const flag = process.argv.indexOf("--screenshots");
const shots = flag < 0 ? undefined : process.argv[flag + 1];
if (shots !== undefined) mkdirSync(shots, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), "epsilon-calculator-"));
await buildPage(folder);

const requested = [];
const server = createServer((request, response) => {
  requested.push(request.url);
  const name = request.url === "/" ? "index.html" : request.url.slice(1);
  if (!["index.html", "calculator.js"].includes(name)) return response.writeHead(404).end();
  const type = name.endsWith(".js") ? "text/javascript" : "text/html; charset=utf-8";
  return response.writeHead(200, { "content-type": type }).end(readFileSync(join(folder, name)));
});
await new Promise((resolve) => {
  server.listen(0, "127.0.0.1", resolve);
});
const address = `http://127.0.0.1:${server.address().port}/`;

const browser = await openBrowser();
if (browser === undefined) {
  console.log("Chromium and chromedriver were not found: nothing was checked (Debian: chromium, chromium-driver)");
  server.close();
  process.exit(3);
}

const first = { records: "60000", batch: "256", epochs: "60", steps: "", noise: "1.1", delta: "1e-7" };
const cases = [
  { ...first, length: "epochs", neighboring: "add-or-remove-one" },
  { ...first, length: "epochs", delta: "1e-5", neighboring: "zero-out" },
  { ...first, records: "5000", batch: "100", length: "steps", steps: "700", noise: "0.8", neighboring: "zero-out" },
  { ...first, records: "400", batch: "400", length: "steps", steps: "10", noise: "4", neighboring: "replace-one" },
  { ...first, length: "steps", steps: "1", neighboring: "add-or-remove-one" },
  { ...first, noise: "0", length: "epochs", neighboring: "add-or-remove-one" },
];

async function settle() {
  await browser.until(`return document.body.dataset.state !== "busy"`);
}

async function enter(form) {
  await browser.click(`[name=length][value=${form.length}]`);
  await browser.click(`[name=neighboring][value=${form.neighboring}]`);
  for (const field of ["records", "batch", form.length, "noise", "delta"]) await browser.type(`#${field}`, form[field]);
  await settle();
}

const read = (id) => browser.run(`const e = document.getElementById("${id}"); return [e.value, e.textContent]`);

async function compare(form) {
  await enter(form);
  const question = readQuestion({ ...form, target: "" });
  const { epsilon } = account(eventOf(question), question).guarantee({ delta: question.delta });
  for (const [id, value, print] of [
    ["epsilon-upper", epsilon.upper, printUp],
    ["epsilon-lower", epsilon.lower, printDown],
  ]) {
    const [exact, shown] = await read(id);
    assert.equal(shown, print(value), `${String(id)} of ${JSON.stringify(form)}`);
    // the two engines may differ in the last bits of exp and log
    if (value < Infinity) assert.ok(Math.abs(Number(exact) / value - 1) < 1e-12 || value === 0, id);
    else assert.equal(exact, "Infinity");
  }
  console.log(`${String(printUp(epsilon.upper)).padEnd(10)} shown and recomputed: ${JSON.stringify(form)}`);
}

async function picture(name, size) {
  if (shots === undefined) return;
  writeFileSync(join(shots, `${name}.png`), await browser.screenshot(size));
}

async function checkNumbers() {
  for (const form of cases) await compare(form);
  await enter(cases[0]);
  await browser.type("#target", "2");
  await browser.click("#solve");
  await browser.until(`return /keeps/.test(document.getElementById("solved").textContent)`);
  await settle();
  const [upper] = await read("epsilon-upper");
  assert.ok(Number(upper) <= 2 && Number(upper) > 1.999, `the solved noise gives ${upper}`);
}

/** The three charts are drawn, and the sentence about attacks is the accountant's. */
async function checkCharts() {
  await enter(cases[0]);
  for (const [id, least] of [
    ["steps-chart", 20],
    ["profile-chart", 20],
    ["roc-chart", 20],
  ]) {
    const script = `return Math.max(0, ...[...document.querySelectorAll("#${id} path.line")].map((p) => p.getAttribute("d").split(/[ML]/).length - 1))`;
    const corners = await browser.run(script);
    assert.ok(corners >= least, `${id} has a line of ${corners} points`);
  }
  const question = readQuestion({ ...cases[0], target: "" });
  const [{ truePositiveRate }] = account(eventOf(question), question).tradeOff([0.01]);
  const [, statement] = await read("statement");
  assert.ok(statement.includes(printPercentUp(truePositiveRate)), `the statement is ${statement}`);
}

async function checkRefusals() {
  const tooLarge = { ...cases[0], batch: "60001" };
  for (const [form, wanted] of [
    [tooLarge, /batch must be at most the number of records/],
    [{ ...cases[0], delta: "2" }, /Delta must lie between 0 and 1/],
    [{ ...cases[0], records: "many" }, /Records must be a number/],
  ]) {
    await enter(form);
    assert.match((await read("problem"))[1], wanted);
    assert.equal((await read("epsilon-upper"))[1], "–");
  }
}

async function checkPhone() {
  await browser.emulate({ width: 390, dark: true });
  await enter(cases[0]);
  const widths = await browser.run(`return [document.documentElement.scrollWidth, window.innerWidth]`);
  assert.ok(widths[0] <= widths[1], `the page is ${widths[0]} wide on a screen of ${widths[1]}`);
  await picture("phone-dark", { width: 390, dark: true });
}

async function checkKeyboard() {
  await browser.emulate({ width: 1180, dark: false });
  await browser.run(`document.getElementById("noise").focus()`);
  const before = Number((await read("epsilon-upper"))[0]);
  await browser.keys(["\uE004", ...Array.from({ length: 10 }, () => "\uE014")]); // Tab to the slider, ten times Right
  await settle();
  const after = Number((await read("epsilon-upper"))[0]);
  assert.ok(after < before, "more noise by keyboard lowers epsilon");
}

let status = 0;
try {
  await browser.emulate({ width: 1180, dark: false });
  await browser.open(address);
  await settle();
  await checkNumbers();
  await checkCharts();
  await picture("solved-light", { width: 1180, dark: false });
  await checkRefusals();
  await picture("refused", { width: 1180, dark: false });
  await checkPhone();
  await checkKeyboard();
  await browser.emulate({ width: 1180, dark: true });
  await enter(cases[1]);
  await picture("desktop-dark", { width: 1180, dark: true });
  assert.deepEqual(
    [...new Set(requested)].toSorted((a, b) => (a < b ? -1 : 1)),
    ["/", "/calculator.js"],
  );
  await browser.open(`file://${folder}/index.html`);
  await settle();
  assert.match((await read("epsilon-upper"))[1], /^\d/, "the page works from a file");
  console.log(
    "also: solving, three charts, refusals, a phone's width, the keyboard, no other requests, opening from a file",
  );
} catch (error) {
  status = 2;
  console.error(error instanceof Error ? error.message : error);
} finally {
  await browser.close();
  server.close();
  rmSync(folder, { recursive: true });
}
process.exit(status);
