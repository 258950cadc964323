/** Quotes `text` as one word of a POSIX shell, whatever it contains. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * As {@link quoteForShell}, but without quotes where no shell needs them: for commands that a
 * person reads.
 */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./^-]+$/.test(text) ? text : quoteForShell(text);
}
