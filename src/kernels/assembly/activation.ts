// Activations in place, and their gradients from the output. 1 relu, 2 tanh, 3 sigmoid, 4 elu, 5 softplus, 6 hard sigmoid.
import { loadSome, sigmoid4, storeSome, tangent4 } from "./lanes";
import { exponential, exponentialLessOne } from "./scalar";

export function activate(kind: i32, at: usize, count: i32): void {
  if (kind == 1) return rectify(at, count);
  if (kind == 4 || kind == 5) return activateOne(kind, at, count);
  for (let k = 0; k < count; k += 4) {
    const x = loadSome(at, count - k);
    let y = x;
    if (kind == 2) y = tangent4(x);
    else if (kind == 3) y = sigmoid4(x);
    else if (kind == 6) y = hardSigmoid(x);
    storeSome(at, y, count - k);
    at += 16;
  }
}

/** max(x, 0); not a number stays so. */
function rectify(at: usize, count: i32): void {
  const zero = f32x4.splat(0);
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    v128.store(at, f32x4.max(v128.load(at), zero));
    at += 16;
  }
  if (k < count) storeSome(at, f32x4.max(loadSome(at, count - k), zero), count - k);
}

/** 0.2 · x + 0.5, kept in [0, 1]; not a number stays so. */
function hardSigmoid(x: v128): v128 {
  const line = f32x4.add(f32x4.mul(x, f32x4.splat(0.2)), f32x4.splat(0.5));
  return f32x4.min(f32x4.max(line, f32x4.splat(0)), f32x4.splat(1));
}

function activateOne(kind: i32, at: usize, count: i32): void {
  for (let k = 0; k < count; k++) {
    const x = <f64>load<f32>(at);
    let y = x;
    if (kind == 5) y = max(x, 0) + Math.log1p(exponential(-abs(x)));
    else if (x < 0) y = exponentialLessOne(x);
    store<f32>(at, <f32>y);
    at += 4;
  }
}

/** gradient *= the slope of the activation where it gave `output`. */
export function deactivate(kind: i32, gradient: usize, output: usize, count: i32): void {
  if (kind == 1) return passRectified(gradient, output, count);
  if (kind == 4 || kind == 5) return deactivateOne(kind, gradient, output, count);
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  for (let k = 0; k < count; k += 4) {
    const y = loadSome(output, count - k);
    const g = loadSome(gradient, count - k);
    let result = g;
    if (kind == 2) result = f32x4.mul(g, f32x4.sub(one, f32x4.mul(y, y)));
    else if (kind == 3) result = f32x4.mul(g, f32x4.mul(y, f32x4.sub(one, y)));
    else if (kind == 6) {
      const isInside = v128.and(f32x4.gt(y, zero), f32x4.lt(y, one));
      const inside = v128.and(f32x4.mul(g, f32x4.splat(0.2)), isInside);
      result = f32x4.add(inside, v128.and(y, f32x4.ne(y, y)));
    }
    storeSome(gradient, result, count - k);
    output += 16;
    gradient += 16;
  }
}

/** Zero where the output is zero; not a number where the output is none. */
function passRectified(gradient: usize, output: usize, count: i32): void {
  const zero = f32x4.splat(0);
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    const y = v128.load(output);
    const passed = v128.and(v128.load(gradient), f32x4.gt(y, zero));
    v128.store(gradient, f32x4.add(passed, v128.and(y, f32x4.ne(y, y))));
    output += 16;
    gradient += 16;
  }
  for (; k < count; k++) {
    const y = load<f32>(output);
    store<f32>(gradient, y > 0 ? load<f32>(gradient) : y == y ? <f32>0 : y);
    output += 4;
    gradient += 4;
  }
}

function deactivateOne(kind: i32, gradient: usize, output: usize, count: i32): void {
  for (let k = 0; k < count; k++) {
    const y = load<f32>(output);
    let slope: f32 = 1;
    if (kind == 5) slope = <f32>-exponentialLessOne(-y);
    else if (!(y >= 0)) slope = y + 1;
    store<f32>(gradient, load<f32>(gradient) * slope);
    output += 4;
    gradient += 4;
  }
}
