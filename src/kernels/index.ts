export {
  type ActivationName,
  type KernelExports,
  type Kernels,
  type PoolWalk,
  type WindowWalk,
  activationCodes,
} from "./kernels.ts";
export { openKernels } from "./load-kernels.ts";
