// Builds the page into examples/epsilon-calculator/dist: index.html and calculator.js, nothing else.
//   npm run build && node examples/epsilon-calculator/build.js
// Needs rolldown. The worker is bundled first and carried by the page as text, so that the page also opens from a file.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

const here = new URL("./", import.meta.url);
const path = (name) => fileURLToPath(new URL(name, here));

/** Minified code of one entry; throws when anything of Node would be needed. */
async function bundle(input, format) {
  const warnings = [];
  const build = await rolldown({
    input,
    platform: "browser",
    cwd: path("."),
    onLog: (_level, log) => warnings.push(log.message),
  });
  const { output } = await build.generate({ format, minify: true });
  await build.close();
  if (warnings.length > 0) throw new Error(`the bundle of ${input} is not clean: ${warnings.join("; ")}`);
  const [chunk, ...others] = output;
  if (others.length > 0 || chunk.imports.length > 0) throw new Error(`${input} does not fit in one file`);
  return chunk.code;
}

function sizesOf(code) {
  const usesNode = /["'`]node:|require\(/.test(code);
  return { bytes: code.length, gzipped: gzipSync(code, { level: 9 }).length, usesNode };
}

/** The whole of `sordino/accounting`, filters and odometers included, as a browser would load it. */
export async function accountingSize() {
  return sizesOf(await bundle(path("../../dist/accounting/index.js"), "esm"));
}

/** What prices and calibrates events: `account`, the calibrations and the builders of DP-SGD. */
export async function accountantSize() {
  return sizesOf(await bundle(path("page/worker.js"), "iife"));
}

/** Writes the page to `folder`; returns its path. */
export async function buildPage(folder = path("dist")) {
  const worker = await bundle(path("page/worker.js"), "iife");
  const page = await bundle(path("page/main.js"), "iife");
  const whole = page.replace("__WORKER_SOURCE__", () => JSON.stringify(worker));
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/calculator.js`, whole);
  copyFileSync(path("index.html"), `${folder}/index.html`);
  return { folder, ...sizesOf(whole) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = await buildPage();
  const [accountant, accounting] = [await accountantSize(), await accountingSize()];
  console.log(`page              ${page.bytes} bytes of script, ${page.gzipped} gzipped, in ${page.folder}`);
  console.log(`its accountant    ${accountant.bytes} bytes, ${accountant.gzipped} gzipped`);
  console.log(`all of accounting ${accounting.bytes} bytes, ${accounting.gzipped} gzipped`);
}
