import * as tf from "@tensorflow/tfjs-core";

/**
 * Runs `body` with plain versions of the two gradient kernels that the wasm backend of tfjs 4.22.0 lacks, and takes them
 * out again. For the batch-of-one loop only: they are written to be right, not fast.
 */
export function withMissingKernels<T>(body: () => T): T {
  const backendName = tf.getBackend();
  const added = [convolutionFilterGradient, segmentSum].filter((k) => !has(k.kernelName, backendName));
  for (const kernel of added) tf.registerKernel({ ...kernel, backendName });
  try {
    return body();
  } finally {
    for (const kernel of added) tf.unregisterKernel(kernel.kernelName, backendName);
  }
}

function has(kernelName: string, backendName: string): boolean {
  return (tf.getKernel(kernelName, backendName) as unknown) !== undefined;
}

type Kernel = Omit<tf.KernelConfig, "backendName">;
type Attributes = Readonly<Record<string, unknown>>;

/** ∂loss/∂filter of an undilated NHWC convolution. */
const convolutionFilterGradient: Kernel = {
  kernelName: tf.Conv2DBackpropFilter,
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { x, dy } = inputs as unknown as { x: tf.TensorInfo; dy: tf.TensorInfo };
    const { strides, pad, filterShape } = attrs as Attributes as unknown as {
      strides: [number, number];
      pad: "same" | "valid" | number;
      filterShape: [number, number, number, number];
    };
    const info = tf.backend_util.computeConv2DInfo(
      x.shape as [number, number, number, number],
      filterShape,
      strides,
      1,
      pad,
    );
    const read = backend as tf.KernelBackend;
    const values = filterGradient(
      read.readSync(x.dataId) as Float32Array,
      read.readSync(dy.dataId) as Float32Array,
      info,
    );
    return { dataId: read.write(values, filterShape, "float32"), shape: filterShape, dtype: "float32" };
  },
};

function filterGradient(x: Float32Array, dy: Float32Array, info: tf.backend_util.Conv2DInfo): Float32Array {
  const { inChannels, outChannels, outWidth, outHeight, inWidth, inHeight, filterWidth, filterHeight } = info;
  const sums = new Float64Array(filterHeight * filterWidth * inChannels * outChannels);
  for (let at = 0; at < info.batchSize * outHeight * outWidth; at++) {
    const left = (at % outWidth) * info.strideWidth - info.padInfo.left;
    const top = (Math.floor(at / outWidth) % outHeight) * info.strideHeight - info.padInfo.top;
    const row = Math.floor(at / (outWidth * outHeight));
    for (let tap = 0; tap < filterHeight * filterWidth; tap++) {
      const py = top + Math.floor(tap / filterWidth);
      const px = left + (tap % filterWidth);
      if (px < 0 || px >= inWidth || py < 0 || py >= inHeight) continue;
      const from = ((row * inHeight + py) * inWidth + px) * inChannels;
      for (let channel = 0; channel < inChannels; channel++) {
        const to = (tap * inChannels + channel) * outChannels;
        for (let out = 0; out < outChannels; out++) sums[to + out] += x[from + channel] * dy[at * outChannels + out];
      }
    }
  }
  return Float32Array.from(sums);
}

/** Rows of `x` added up by segment. */
const segmentSum: Kernel = {
  kernelName: tf.UnsortedSegmentSum,
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { x, segmentIds } = inputs as unknown as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
    const segments = Number((attrs as Attributes)["numSegments"]);
    const read = backend as tf.KernelBackend;
    const values = read.readSync(x.dataId) as Float32Array;
    const ids = read.readSync(segmentIds.dataId) as Int32Array;
    const width = values.length / Math.max(1, ids.length);
    const sums = new Float32Array(segments * width);
    values.forEach((value, k) => {
      const at = ids[Math.floor(k / width)] * width + (k % width);
      sums[at] += value;
    });
    const shape = [segments, ...x.shape.slice(1)];
    return { dataId: read.write(sums, shape, "float32"), shape, dtype: "float32" };
  },
};
