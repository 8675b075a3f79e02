/** One thing in which a card and its ledger disagree. */
export interface CardProblem {
  /** The card's field, as a path: "guarantee.epsilon". */
  readonly field: string;
  readonly reason: string;
}
