export {
  type ActivationName,
  type KernelExports,
  type Kernels,
  type PoolWalk,
  type WindowWalk,
  activationCodes,
} from "./kernels.ts";
export { openKernels } from "./load-kernels.ts";
export { type CurveName, type StepWalk, combineCodes, curveCodes } from "./layer-kernels.ts";
