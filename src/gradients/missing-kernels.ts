import * as tf from "@tensorflow/tfjs-core";

/**
 * Runs `body` with what tfjs 4.22.0 lacks for a backward pass on its wasm backend, and takes it out again: plain versions
 * of two gradient kernels, written to be right, not fast; a clone that shares its memory, as it does on the other backends,
 * where wasm copies every tensor that is kept for the way back; and, on all backends, a gradient of tiling that is one sum
 * instead of one slice and one addition for every tile. For the reference of the self-check only.
 */
export function withMissingKernels<T>(body: () => T): T {
  const backendName = tf.getBackend();
  const own = [convolutionFilterGradient, segmentSum].filter((k) => find(k.kernelName, backendName) === undefined);
  const clone = find(tf.Identity, backendName);
  const isCopied = backendName === "wasm" && clone !== undefined;
  // without the layers package no gradient is registered at all
  const tiling: tf.GradConfig | undefined = tf.getGradient(tf.Tile);
  for (const kernel of own) tf.registerKernel({ ...kernel, backendName });
  if (isCopied) replaceKernel({ ...sharedClone, backendName });
  if (tiling !== undefined) replaceGradient(sumOfTiles);
  try {
    return body();
  } finally {
    for (const kernel of own) tf.unregisterKernel(kernel.kernelName, backendName);
    if (isCopied) replaceKernel(clone);
    if (tiling !== undefined) replaceGradient(tiling);
  }
}

/** Its type says that there always is one. */
const find: (kernelName: string, backendName: string) => tf.KernelConfig | undefined = tf.getKernel;

/** tfjs warns of a kernel that is registered over another one. */
function replaceKernel(kernel: tf.KernelConfig): void {
  tf.unregisterKernel(kernel.kernelName, kernel.backendName);
  tf.registerKernel(kernel);
}

function replaceGradient(gradient: tf.GradConfig): void {
  tf.unregisterGradient(gradient.kernelName);
  tf.registerGradient(gradient);
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

/** A reshape to the same shape: the backend counts who holds the memory. */
const sharedClone: Kernel = {
  kernelName: tf.Identity,
  kernelFunc: ({ inputs, backend }) => {
    const { x } = inputs as unknown as { x: tf.TensorInfo };
    (backend as tf.KernelBackend & { incRef(id: tf.DataId): void }).incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  },
};

/** Every axis is cut into tiles, and the tiles are added up. */
const sumOfTiles: tf.GradConfig = {
  kernelName: tf.Tile,
  inputsToSave: ["x"],
  gradFunc: (dy, saved, attrs) => {
    const [x] = saved;
    const { reps } = attrs as Attributes as unknown as { reps: readonly number[] };
    const cut = x.shape.flatMap((size, axis) => (reps[axis] === 1 ? [size] : [reps[axis], size]));
    const axes: number[] = [];
    let at = 0;
    for (const rep of reps) {
      if (rep !== 1) axes.push(at++);
      at++;
    }
    return {
      x: () => (axes.length === 0 ? tf.clone(dy as tf.Tensor) : tf.sum(tf.reshape(dy as tf.Tensor, cut), axes)),
    };
  },
};
