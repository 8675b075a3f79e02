import "@tensorflow/tfjs-backend-cpu";
import { memory, setBackend, tensor1d, variable } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { AdamWOptimizer, adamW } from "./adam-w.ts";

beforeAll(() => setBackend("cpu"));

describe("Adam with decoupled weight decay", () => {
  it("takes the steps of PyTorch 2.15's torch.optim.AdamW", () => {
    const w = variable(tensor1d([0.5, -1.25, 2]));
    const options = { learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.3 };
    const optimizer = adamW(options);
    const gradients = [
      [0.2, -0.4, 1],
      [0.1, 0.3, -2],
      [-0.5, 0, 0.25],
      [0.05, -1.5, 0.75],
    ];
    for (const gradient of gradients) optimizer.applyGradients([{ name: w.name, tensor: tensor1d(gradient) }]);
    const wanted = [0.30981912543229734, -0.943614141319881, 1.7320627825608494];
    w.dataSync().forEach((value, k) => expect(value).toBeCloseTo(wanted[k], 5));
    const { numTensors } = memory();
    const gradient = tensor1d([1, 1, 1]);
    optimizer.applyGradients([{ name: w.name, tensor: gradient }]);
    gradient.dispose();
    expect(memory().numTensors).toBe(numTensors);
    expect(optimizer.getConfig()).toEqual(options);
    const copy = AdamWOptimizer.fromConfig(AdamWOptimizer, optimizer.getConfig());
    expect(copy.getConfig()).toEqual(options);
    expect(copy.getClassName()).toBe("AdamW");
  });

  it.each([
    { learningRate: 0 },
    { learningRate: NaN },
    { beta1: 1 },
    { beta2: -0.1 },
    { epsilon: Infinity },
    { weightDecay: -1 },
  ])("refuses %o", (options) => {
    const [argument] = Object.keys(options);
    expect(() => adamW(options)).toThrowError(
      expect.objectContaining({ code: "invalid_argument", details: expect.objectContaining({ argument }) }),
    );
  });
});
