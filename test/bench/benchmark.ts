/** A figure that a row is to reach: one of its cells, and the bound. */
export interface Goal {
  readonly cell: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

/**
 * One line of a result: what was measured, and its numbers by the name (with the unit) of their
 * column.
 */
export interface Row {
  readonly what: string;
  readonly cells: Readonly<Record<string, number>>;
  readonly goals?: readonly Goal[];
  readonly note?: string;
}

/** What one benchmark found; with a reason and no rows when it could not run here. */
export interface Result {
  readonly benchmark: string;
  readonly title: string;
  readonly seconds: number;
  readonly rows: readonly Row[];
  readonly skipped: readonly string[];
}

/** What a benchmark may use. */
export interface Bench {
  /** Fewer rounds and smaller numbers: to see that all works, not to quote. */
  readonly quick: boolean;
  /** The built package, a copy that nobody rebuilds meanwhile. */
  readonly packageFolder: string;
  /** Holds `<name>.mjs` per file of `programs/`. */
  readonly programs: string;
  readonly random: () => number;
  /** Runs after the benchmark, latest first, also when it failed or was interrupted. */
  onEnd(action: () => void | Promise<void>): void;
  /** Says what it is at. */
  say(text: string): void;
  /** Leaves something out, and says why. */
  skip(reason: string): void;
}

export interface Benchmark {
  readonly name: string;
  /** What it answers, in the words of a user. */
  readonly title: string;
  readonly run: (bench: Bench) => Promise<readonly Row[]>;
}

/** Whether a row keeps to a goal; `undefined` when the cell was not measured. */
export function isMet(row: Row, goal: Goal): boolean | undefined {
  const value = row.cells[goal.cell];
  if (value === undefined) return undefined;
  return (
    value <= (goal.atMost ?? Number.POSITIVE_INFINITY) &&
    value >= (goal.atLeast ?? Number.NEGATIVE_INFINITY)
  );
}
