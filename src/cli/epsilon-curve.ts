/** The epsilon after each step, for the plot. */
export interface EpsilonCurve {
  readonly steps: number[];
  readonly epsilon: number[];
}
