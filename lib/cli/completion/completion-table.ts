/** One word that may come, and what it means. */
export interface Candidate {
  readonly value: string;
  readonly doc: string;
}

/** An option or an argument that takes a value. */
export interface CompletionValue {
  /** The only values that it takes. */
  readonly choices?: readonly string[];
  /**
   * What its values are, such as `sessions`, `files`, or a key of `words` in the table; left out:
   * anything.
   */
  readonly kind?: string;
}

export interface CompletionOption {
  /** As they are typed: `-f`, `--follow`. */
  readonly flags: readonly string[];
  readonly doc: string;
  /** Absent where the option takes none. */
  readonly value?: CompletionValue;
}

export interface CompletionCommand {
  readonly doc: string;
  readonly options: readonly CompletionOption[];
  readonly values: readonly CompletionValue[];
  /** Whether the last of `values` may come again. */
  readonly takesAll: boolean;
}

/**
 * Everything that can be completed without looking at what was recorded. The build writes it down.
 */
export interface CompletionTable {
  /** By the words of the command, such as `dead list`; `''` is `waymark` itself. */
  readonly commands: Readonly<Record<string, CompletionCommand>>;
  readonly words: Readonly<Record<string, readonly Candidate[]>>;
}
