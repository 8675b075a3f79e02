/** Tables for one length, kept: a run asks for few lengths, many times. */
interface Plan {
  readonly cos: Float64Array;
  readonly sin: Float64Array;
  readonly reversed: Uint32Array;
}

const plans = new Map<number, Plan>();

function planFor(n: number): Plan {
  const known = plans.get(n);
  if (known !== undefined) return known;
  const half = n / 2;
  const [cos, sin] = [new Float64Array(half), new Float64Array(half)];
  for (let k = 0; k < half; k++) {
    cos[k] = Math.cos((2 * Math.PI * k) / n);
    sin[k] = Math.sin((2 * Math.PI * k) / n);
  }
  const reversed = new Uint32Array(n);
  for (let i = 1; i < n; i++) reversed[i] = (reversed[i >> 1] >> 1) | (i & 1 ? half : 0);
  const plan = { cos, sin, reversed };
  plans.set(n, plan);
  return plan;
}

/**
 * Discrete Fourier transform in place, X_k = Σ_j x_j exp(−2πi·jk/n), unscaled.
 *
 * @param re - real parts, shape [n], n a power of two ≥ 4.
 * @param im - imaginary parts, shape [n]. Swapping the two arrays gives the unscaled inverse transform.
 * @numerics The error's l2 norm is at most about 3·2⁻⁵³·log₂ n of the result's; the grid engine allows for 8.
 * @source Cooley, Tukey 1965, doi:10.1090/S0025-5718-1965-0178586-1; error: Higham 2002, doi:10.1137/1.9780898718027, Thm 24.2.
 */
export function fft(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  const { cos, sin, reversed } = planFor(n);
  for (let i = 0; i < n; i++) {
    const j = reversed[i];
    if (j > i) {
      [re[i], re[j]] = [re[j], re[i]];
      [im[i], im[j]] = [im[j], im[i]];
    }
  }
  firstTwoStages(re, im);
  for (let size = 8; size <= n; size *= 2) {
    const [half, stride] = [size / 2, n / size];
    for (let start = 0; start < n; start += size) {
      for (let k = 0, t = 0, a = start; k < half; k++, t += stride, a++) {
        const b = a + half;
        const xr = re[b] * cos[t] + im[b] * sin[t];
        const xi = im[b] * cos[t] - re[b] * sin[t];
        re[b] = re[a] - xr;
        im[b] = im[a] - xi;
        re[a] += xr;
        im[a] += xi;
      }
    }
  }
}

/** The stages of length 2 and 4 in one pass: their twiddles are ±1 and ±i. */
function firstTwoStages(re: Float64Array, im: Float64Array): void {
  for (let a = 0; a < re.length; a += 4) {
    const [r0, r1, r2, r3] = [re[a] + re[a + 1], re[a] - re[a + 1], re[a + 2] + re[a + 3], re[a + 2] - re[a + 3]];
    const [i0, i1, i2, i3] = [im[a] + im[a + 1], im[a] - im[a + 1], im[a + 2] + im[a + 3], im[a + 2] - im[a + 3]];
    re[a] = r0 + r2;
    im[a] = i0 + i2;
    re[a + 1] = r1 + i3;
    im[a + 1] = i1 - r3;
    re[a + 2] = r0 - r2;
    im[a + 2] = i0 - i2;
    re[a + 3] = r1 - i3;
    im[a + 3] = i1 + r3;
  }
}
