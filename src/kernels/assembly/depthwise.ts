// Depthwise convolutions of one example: windows `[positions, taps, channels]`, kernel `[taps, channels, multiplier]`.
import { loadSome, storeSome } from "./lanes";

/** to[position][c · multiplier + m] = Σ over taps of windows · kernel, plus bias (0 for none). */
export function convolveChannels(
  to: usize,
  windows: usize,
  kernel: usize,
  bias: usize,
  positions: i32,
  taps: i32,
  channels: i32,
  multiplier: i32,
): void {
  const units = channels * multiplier;
  for (let position = 0; position < positions; position++) {
    if (multiplier == 1) {
      for (let c = 0; c < channels; c += 4) {
        const left = channels - c;
        const at = (<usize>c) << 2;
        let sum = bias == 0 ? f32x4.splat(0) : loadSome(bias + at, left);
        for (let tap = 0; tap < taps; tap++) {
          const offset = at + ((<usize>(tap * channels)) << 2);
          sum = f32x4.add(sum, f32x4.mul(loadSome(windows + offset, left), loadSome(kernel + offset, left)));
        }
        storeSome(to + at, sum, left);
      }
    } else {
      for (let unit = 0; unit < units; unit++) {
        const at = (<usize>unit) << 2;
        let sum = bias == 0 ? <f32>0 : load<f32>(bias + at);
        for (let tap = 0; tap < taps; tap++) {
          const x = load<f32>(windows + ((<usize>(tap * channels + unit / multiplier)) << 2));
          sum += x * load<f32>(kernel + at + ((<usize>(tap * units)) << 2));
        }
        store<f32>(to + at, sum);
      }
    }
    windows += (<usize>(taps * channels)) << 2;
    to += (<usize>units) << 2;
  }
}

/** windows = gradient · kernel, summed over the units of a channel. */
export function convolveChannelsBack(
  windows: usize,
  gradient: usize,
  kernel: usize,
  positions: i32,
  taps: i32,
  channels: i32,
  multiplier: i32,
): void {
  const units = channels * multiplier;
  for (let position = 0; position < positions; position++) {
    for (let tap = 0; tap < taps; tap++) {
      const row = kernel + ((<usize>(tap * units)) << 2);
      for (let c = 0; c < channels; c++) {
        let sum: f32 = 0;
        for (let m = 0; m < multiplier; m++) {
          const at = (<usize>(c * multiplier + m)) << 2;
          sum += load<f32>(gradient + at) * load<f32>(row + at);
        }
        store<f32>(windows, sum);
        windows += 4;
      }
    }
    gradient += (<usize>units) << 2;
  }
}

/** kernel[tap][c][m] += Σ over positions of windows · gradient. */
export function addChannelProducts(
  kernel: usize,
  windows: usize,
  gradient: usize,
  positions: i32,
  taps: i32,
  channels: i32,
  multiplier: i32,
): void {
  const units = channels * multiplier;
  for (let tap = 0; tap < taps; tap++) {
    for (let unit = 0; unit < units; unit++) {
      let x = windows + ((<usize>(tap * channels + unit / multiplier)) << 2);
      let g = gradient + ((<usize>unit) << 2);
      let sum: f64 = 0;
      for (let position = 0; position < positions; position++) {
        sum += <f64>load<f32>(x) * <f64>load<f32>(g);
        x += (<usize>(taps * channels)) << 2;
        g += (<usize>units) << 2;
      }
      store<f32>(kernel, load<f32>(kernel) + <f32>sum);
      kernel += 4;
    }
  }
}
