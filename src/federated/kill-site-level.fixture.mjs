// A coordinator with the site as unit in a process of its own, from the built package: something that can be killed.
//   node kill-site-level.fixture.mjs PORT STATE LEDGER ROUNDS
const dist = new URL("../../dist/federated/", import.meta.url);
const [port, stateDir, ledger, rounds] = process.argv.slice(2);
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

// not the room's index: a process that is to be killed soon needs no TensorFlow.js
const { startServer } = await import(new URL("grpc/server.js", dist));
const { planDpFedAvg } = await import(new URL("dp-fed-avg.js", dist));
const { fedAvg } = await import(new URL("strategy.js", dist));
const enrolled = ["ash", "elm", "fir"];
const plan = planDpFedAvg({
  rounds: Number(rounds),
  sites: enrolled.length,
  samplingProbability: 0.8,
  l2ClipNorm: 1,
  noiseMultiplier: 4,
  delta: 1e-5,
  adaptiveClip: { quantile: 0.5, learningRate: 0.2, countNoiseStddev: 3 },
});
const server = await startServer({
  address: `127.0.0.1:${port}`,
  strategy: fedAvg({ weights: "equal" }),
  rounds: plan.rounds,
  minClients: enrolled.length,
  initialModel: [{ name: "w", dtype: "float64", shape: [20_000], data: new Float64Array(20_000) }],
  stateDir,
  siteLevelPrivacy: { plan, enrolled, ledger, scope: "sites", budget: { epsilon: 50, delta: 1e-5 } },
});
say({ port: server.port });
const { modelDigest, rounds: records, guarantee } = await server.finished;
const outcomes = records.map((r) => r.outcome);
say({ modelDigest, outcomes, upper: guarantee.epsilon.upper, planned: plan.guarantee().epsilon.upper });
