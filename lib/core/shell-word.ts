/** `text` as one word of a POSIX shell, whatever it contains. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The same, without quotes where no shell needs any: for a command that a person reads. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./^-]+$/.test(text) ? text : quoteForShell(text);
}
