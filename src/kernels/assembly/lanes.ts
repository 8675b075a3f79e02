// Functions of four f32 at once. A lane's result is a function of its own input, bit for bit, wherever it stands.

// Numbers in memory: to load one is one instruction, to build a vector of it in a register are three, in every turn of a loop.
// Per line: the range of the exponential and 1 / log 2, what rounds, log 2 in two parts (the first short enough that n
// times it is exact), and two polynomials.
const numbers = memory.data<f32>([
  89, -105, 1.44269504088896341, 12_582_912, -0.693359375, 2.1219444e-4, 1.98756915e-4, 1.3981999507e-3,
  8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1,
]);

/** `count` floats, zeros above. */
export function loadSome(at: usize, count: i32): v128 {
  if (count >= 4) return v128.load(at);
  let x = v128.load32_zero(at);
  if (count > 1) x = f32x4.replace_lane(x, 1, load<f32>(at, 4));
  if (count > 2) x = f32x4.replace_lane(x, 2, load<f32>(at, 8));
  return x;
}

export function storeSome(at: usize, x: v128, count: i32): void {
  if (count >= 4) return v128.store(at, x);
  store<f32>(at, f32x4.extract_lane(x, 0));
  if (count > 1) store<f32>(at, f32x4.extract_lane(x, 1), 4);
  if (count > 2) store<f32>(at, f32x4.extract_lane(x, 2), 8);
}

/** x · y + z; one rounding where the relaxed instruction is at hand and the processor fuses, two otherwise. */
export function multiplyAdd(x: v128, y: v128, z: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(x, y, z);
  return f32x4.add(f32x4.mul(x, y), z);
}

/**
 * eˣ with a relative error of at most 2⁻²² where the result is normal; 0 below −104, Infinity above 88.73, NaN for NaN.
 * Cody and Waite's reduction to |r| ≤ log(2) / 2 and a polynomial of degree 6 (minimax, Moshier's expf).
 */
export function exponential4(input: v128): v128 {
  const x = clamp(input);
  const shifted = shift(x);
  return raise(exponentialOfRest(reduce(x, shifted)), shifted);
}

/*
 * The parts of it: small enough to be compiled into the loops that call them one by one, for two neighbors side by side.
 */

export function clamp(x: v128): v128 {
  // the pseudo-minimum gives its first argument where that is not a number
  return f32x4.pmax(f32x4.pmin(x, v128.load32_splat(numbers, 0)), v128.load32_splat(numbers, 4));
}

/** Adding 1.5 · 2²³ rounds x / log(2) to a whole number n, which then stands in the low bits. */
export function shift(x: v128): v128 {
  return f32x4.add(f32x4.mul(x, v128.load32_splat(numbers, 8)), v128.load32_splat(numbers, 12));
}

/** r = x − n · log(2) */
export function reduce(x: v128, shifted: v128): v128 {
  const n = f32x4.sub(shifted, v128.load32_splat(numbers, 12));
  return multiplyAdd(n, v128.load32_splat(numbers, 20), multiplyAdd(n, v128.load32_splat(numbers, 16), x));
}

export function exponentialOfRest(r: v128): v128 {
  let p = v128.load32_splat(numbers, 24);
  p = multiplyAdd(p, r, v128.load32_splat(numbers, 28));
  p = multiplyAdd(p, r, v128.load32_splat(numbers, 32));
  p = multiplyAdd(p, r, v128.load32_splat(numbers, 36));
  p = multiplyAdd(p, r, v128.load32_splat(numbers, 40));
  p = multiplyAdd(p, r, v128.load32_splat(numbers, 44));
  return f32x4.add(multiplyAdd(p, f32x4.mul(r, r), r), v128.load32_splat(numbers, 48));
}

/** y · 2ⁿ, in two factors: n reaches −151 and 128, beyond the exponents of normal numbers. */
export function raise(y: v128, shifted: v128): v128 {
  const whole = i32x4.sub(shifted, i32x4.splat(0x4b400000));
  const half = i32x4.shr_s(whole, 1);
  return f32x4.mul(f32x4.mul(y, powerOfTwo(half)), powerOfTwo(i32x4.sub(whole, half)));
}

/** As clamp, for x that is at most 0. */
export function clampBelow(x: v128): v128 {
  return f32x4.pmax(x, v128.load32_splat(numbers, 4));
}

/** As raise, for n that is at most 0: results below 2⁻¹²⁶ are zero. */
export function lower(y: v128, shifted: v128): v128 {
  const exponent = i32x4.max_s(i32x4.sub(shifted, i32x4.splat(0x4b400000 - 127)), i32x4.splat(0));
  return f32x4.mul(y, i32x4.shl(exponent, 23));
}

function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** 1 / (1 + e⁻ˣ) with a relative error of at most 2⁻²² where the result is above 2⁻¹²⁶ (measured: 2⁻²²·⁷, every 61st f32). */
export function sigmoid4(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exponential4(f32x4.neg(x))));
}

/**
 * tanh with a relative error of at most 2⁻²² (measured: 2⁻²²·⁸, every 61st f32): an odd polynomial of degree 11 below 0.625 (minimax, Moshier's tanhf),
 * 1 − 2 / (e²ˣ + 1) above.
 */
export function tangent4(x: v128): v128 {
  const size = f32x4.abs(x);
  const square = f32x4.mul(x, x);
  let p = f32x4.splat(-5.70498872745e-3);
  p = multiplyAdd(p, square, f32x4.splat(2.06390887954e-2));
  p = multiplyAdd(p, square, f32x4.splat(-5.37397155531e-2));
  p = multiplyAdd(p, square, f32x4.splat(1.33314422036e-1));
  p = multiplyAdd(p, square, f32x4.splat(-3.33332819422e-1));
  const small = multiplyAdd(f32x4.mul(p, square), x, x);
  const one = f32x4.splat(1);
  const e = exponential4(f32x4.add(size, size));
  const far = f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(e, one)));
  const sign = v128.and(x, i32x4.splat(0x80000000));
  return v128.bitselect(small, v128.or(far, sign), f32x4.lt(size, f32x4.splat(0.625)));
}
