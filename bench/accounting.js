// Time to price one DP-SGD run with each engine, ours (from dist) beside a real dp_accounting when PYTHON has one.
// npm run --silent build && node bench/accounting.js            PYTHON=/path/to/python node bench/accounting.js
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import {
  account,
  calibrateNoiseMultiplier,
  gaussian,
  poissonSampled,
  selfComposed,
  stepwiseEpsilon,
} from "../dist/accounting/index.js";

const cases = [
  { q: 0.01, z: 1, steps: 10_000, delta: 1e-5 },
  { q: 256 / 60_000, z: 1.1, steps: 14_062, delta: 1e-5 },
  { q: 0.001, z: 0.5, steps: 1000, delta: 1e-6 },
];
const neighboring = "add-or-remove-one";
const now = () => performance.now();

function best(times, run) {
  let [least, result] = [Infinity, undefined];
  for (let i = 0; i < times; i++) {
    const start = now();
    result = run();
    least = Math.min(least, now() - start);
  }
  return { ms: least, result };
}

console.log(
  `node ${process.version}, ${cpus()[0]?.model ?? "unknown processor"}; best of 15, a fresh accountant each time`,
);
for (const { q, z, steps, delta } of cases) {
  const event = selfComposed(poissonSampled(q, gaussian(z)), steps);
  const start = now();
  account(event, { neighboring }).guarantee({ delta });
  const first = now() - start;
  const { ms, result } = best(15, () => account(event, { neighboring, now }).guarantee({ delta }));
  const { lower, upper } = result.epsilon;
  console.log(
    `z ${z}, q ${q.toPrecision(4)}, ${steps} steps, delta ${delta}: [${lower.toFixed(5)}, ${upper.toFixed(5)}]`,
  );
  console.log(`  all engines  ${ms.toFixed(2)} ms (first call in this process ${first.toFixed(1)} ms)`);
  for (const e of result.engines) console.log(`  ${e.name.padEnd(12)} ${(e.ms ?? NaN).toFixed(2)} ms`);
  const live = stepwiseEpsilon(poissonSampled(q, gaussian(z)), { neighboring, delta });
  live(1);
  const perStep = best(3, () => Array.from({ length: 2000 }, (_, k) => live(k + 1)));
  console.log(`  stepwise     ${((perStep.ms / 2000) * 1000).toFixed(1)} us per step`);
  const calibrated = best(3, () =>
    calibrateNoiseMultiplier({ targetEpsilon: 2, delta, samplingProbability: q, steps, neighboring }),
  );
  console.log(
    `  calibrate    ${calibrated.ms.toFixed(0)} ms to epsilon 2: noise multiplier ${calibrated.result.value.toFixed(6)}`,
  );
}

const python = process.env.PYTHON;
if (python === undefined) console.log("dp_accounting: not run, set PYTHON to an interpreter that has it");
else {
  const script = `
import time, json, sys
from dp_accounting import dp_event
from dp_accounting.rdp import RdpAccountant
from dp_accounting.pld import PLDAccountant
for c in json.loads(sys.argv[1]):
    e = dp_event.SelfComposedDpEvent(dp_event.PoissonSampledDpEvent(c['q'], dp_event.GaussianDpEvent(c['z'])), c['steps'])
    for name, make in (('rdp', RdpAccountant), ('pld', PLDAccountant)):
        times = []
        for _ in range(3):
            start = time.perf_counter()
            epsilon = make().compose(e).get_epsilon(c['delta'])
            times.append(time.perf_counter() - start)
        print(f"dp_accounting {name}: z {c['z']}, {c['steps']} steps: {epsilon:.5f}, {1000 * min(times):.1f} ms (best of 3)")
`;
  execFileSync(python, ["-c", script, JSON.stringify(cases)], { stdio: "inherit" });
}
