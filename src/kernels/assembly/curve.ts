// Activations whose slope needs the input. 1 capped relu, 2 leaky relu, 3 thresholded relu, 4 scaled elu, 5 selu,
// 6 softsign, 7 swish, 8 mish, 9 gelu, 10 gelu by tanh. `parameter` is the cap, slope, threshold or scale.
import { exponential, exponentialLessOne, normalBelow, normalDensity, tangent } from "./scalar";

const seluScale: f64 = 1.0507009873554805;
const seluAlpha: f64 = 1.6732632423543772;
/** sqrt(2 / π) */
const geluScale: f64 = 0.7978845608028654;
const geluCube: f64 = 0.044715;

function valueOf(kind: i32, x: f64, parameter: f64): f64 {
  switch (kind) {
    case 1:
      return min(max(x, 0), parameter);
    case 2:
      return x >= 0 ? x : parameter * x;
    case 3:
      return x > parameter ? x : x * 0;
    case 4:
      return x >= 0 ? x : parameter * exponentialLessOne(x);
    case 5:
      return x >= 0 ? seluScale * x : seluScale * seluAlpha * exponentialLessOne(x);
    case 6:
      return x / (1 + abs(x));
    case 7:
      return x / (1 + exponential(-x));
    case 8:
      return x * tangent(softplus(x));
    case 9:
      return x * normalBelow(x);
    default:
      return 0.5 * x * (1 + tangent(geluScale * (x + geluCube * x * x * x)));
  }
}

function softplus(x: f64): f64 {
  return max(x, 0) + Math.log1p(exponential(-abs(x)));
}

function slopeOf(kind: i32, x: f64, parameter: f64): f64 {
  if (x != x) return x;
  switch (kind) {
    case 1:
      return x > 0 && x <= parameter ? 1 : 0;
    case 2:
      return x > 0 ? 1 : parameter;
    case 3:
      return x > parameter ? 1 : 0;
    case 4:
      return x >= 0 ? 1 : parameter * exponential(x);
    case 5:
      return x > 0 ? seluScale : seluScale * seluAlpha * exponential(x);
    case 6:
      return 1 / ((1 + abs(x)) * (1 + abs(x)));
    case 7: {
      const s = 1 / (1 + exponential(-x));
      return s + x * s * (1 - s);
    }
    case 8: {
      const t = tangent(softplus(x));
      return t + (x * (1 - t * t)) / (1 + exponential(-x));
    }
    case 9:
      return normalBelow(x) + x * normalDensity(x);
    default: {
      const t = tangent(geluScale * (x + geluCube * x * x * x));
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * geluScale * (1 + 3 * geluCube * x * x);
    }
  }
}

/** to[k] = f(from[k]) */
export function bend(kind: i32, to: usize, from: usize, count: i32, parameter: f64): void {
  for (let k = 0; k < count; k++) {
    store<f32>(to, <f32>valueOf(kind, <f64>load<f32>(from), parameter));
    to += 4;
    from += 4;
  }
}

/** to[k] = gradient[k] · f′(from[k]) */
export function unbend(kind: i32, to: usize, gradient: usize, from: usize, count: i32, parameter: f64): void {
  for (let k = 0; k < count; k++) {
    const slope = slopeOf(kind, <f64>load<f32>(from), parameter);
    store<f32>(to, <f32>(<f64>load<f32>(gradient) * slope));
    to += 4;
    gradient += 4;
    from += 4;
  }
}

/** to[k] = x > 0 ? x : slope · x, with slope number map[k], or k where there is no map. */
export function bendBySlopes(to: usize, from: usize, slopes: usize, map: usize, count: i32): void {
  for (let k = 0; k < count; k++) {
    const at = (<usize>k) << 2;
    const x = load<f32>(from + at);
    const slope = load<f32>(slopes + (map == 0 ? at : (<usize>load<i32>(map + at)) << 2));
    store<f32>(to + at, x > 0 ? x : slope * x);
  }
}

export function unbendBySlopes(to: usize, gradient: usize, from: usize, slopes: usize, map: usize, count: i32): void {
  for (let k = 0; k < count; k++) {
    const at = (<usize>k) << 2;
    const x = load<f32>(from + at);
    const g = load<f32>(gradient + at);
    const slope = load<f32>(slopes + (map == 0 ? at : (<usize>load<i32>(map + at)) << 2));
    // a difference rather than a choice, so that what is not a number stays so
    store<f32>(to + at, x > 0 ? g : slope * g + (x - x));
  }
}

/** slopes[map[k]] += gradient[k] · x where x ≤ 0, in f32. */
export function addSlopes(slopes: usize, gradient: usize, from: usize, map: usize, count: i32): void {
  for (let k = 0; k < count; k++) {
    const at = (<usize>k) << 2;
    const x = load<f32>(from + at);
    if (x > 0) continue;
    const to = slopes + (map == 0 ? at : (<usize>load<i32>(map + at)) << 2);
    store<f32>(to, load<f32>(to) + load<f32>(gradient + at) * x);
  }
}
