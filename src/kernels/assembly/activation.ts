// Activations in place, and their gradients from the output. 1 relu, 2 tanh, 3 sigmoid, 4 elu, 5 softplus.

/** exp in f64 to about 1e-15: 2^n · exp(r), |r| ≤ log(2) / 2, by its series. */
function exponential(x: f64): f64 {
  if (x != x) return x;
  if (x > 709) return Infinity;
  if (x < -708) return 0;
  const n = nearest(x * 1.4426950408889634);
  // log 2 in two parts, the first short enough that n times it is exact
  const r = x - n * 0.69314718036912381649 - n * 1.90821492927058770002e-10;
  let term: f64 = 1;
  let sum: f64 = 1;
  for (let k = 1; k < 14; k++) {
    term *= r / <f64>k;
    sum += term;
  }
  return sum * reinterpret<f64>((<i64>n + 1023) << 52);
}

function tangent(x: f64): f64 {
  const size = abs(x);
  // below, exp(−2x) and 1 cancel
  if (size < 1e-4) return x - (x * x * x) / 3;
  const e = exponential(-2 * size);
  return copysign((1 - e) / (1 + e), x);
}

function exponentialLessOne(x: f64): f64 {
  if (abs(x) < 1e-3) return x * (1 + (x / 2) * (1 + (x / 3) * (1 + x / 4)));
  return exponential(x) - 1;
}

export function activate(kind: i32, at: usize, count: i32): void {
  if (kind == 1) return rectify(at, count);
  for (let k = 0; k < count; k++) {
    const x = <f64>load<f32>(at);
    let y = x;
    if (kind == 2) y = tangent(x);
    else if (kind == 3) y = 1 / (1 + exponential(-x));
    else if (kind == 5) y = max(x, 0) + Math.log1p(exponential(-abs(x)));
    else if (x < 0) y = exponentialLessOne(x);
    store<f32>(at, <f32>y);
    at += 4;
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
  for (; k < count; k++) {
    store<f32>(at, max(load<f32>(at), <f32>0));
    at += 4;
  }
}

/** gradient *= the slope of the activation where it gave `output`. */
export function deactivate(kind: i32, gradient: usize, output: usize, count: i32): void {
  if (kind == 1) return passRectified(gradient, output, count);
  for (let k = 0; k < count; k++) {
    const y = load<f32>(output);
    const g = load<f32>(gradient);
    let slope: f32 = 1;
    if (kind == 2) slope = 1 - y * y;
    else if (kind == 3) slope = y * (1 - y);
    else if (kind == 5) slope = <f32>-exponentialLessOne(-y);
    else if (!(y >= 0)) slope = y + 1;
    store<f32>(gradient, g * slope);
    output += 4;
    gradient += 4;
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
