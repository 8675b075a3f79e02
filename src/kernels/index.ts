export { builtFile } from "./built-file.ts";
export {
  type ActivationName,
  type KernelExports,
  type Kernels,
  type PoolWalk,
  type WindowWalk,
  activationCodes,
  panelColumns,
  panelInputs,
  tileFloats,
} from "./kernels.ts";
export { createKernels, openKernels } from "./load-kernels.ts";
export { type ThreadWork, serveThread } from "./serve-thread.ts";
export { type ThreadPool, openThreads } from "./threads.ts";
export { type CurveName, type StepWalk, combineCodes, curveCodes } from "./layer-kernels.ts";
