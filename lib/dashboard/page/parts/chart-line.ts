/** One line of a chart. */
export interface ChartLine {
  readonly label: string;
  /** A token of style/tokens.css, such as `--accent`. */
  readonly colour: string;
  /** One for each time; `null` leaves a gap. */
  readonly values: ReadonlyArray<number | null>;
}
