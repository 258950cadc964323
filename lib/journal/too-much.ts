/** A file of events that may go. */
export interface AgedFile {
  readonly path: string;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface Keep {
  /** Files from before this time go, in milliseconds since the epoch. */
  readonly since: number;
  /** Bytes of all of them together, and of what is there beside them. */
  readonly bytes: number;
  readonly beside: number;
}

/** Those that are too old, and so many of the others, oldest first, that the rest fits. */
export function tooMuch<File extends AgedFile>(
  files: readonly File[],
  { since, bytes, beside }: Keep,
): readonly File[] {
  const oldestFirst = files.toSorted((a, b) => a.at - b.at);
  let total = oldestFirst.reduce((sum, { size }) => sum + size, beside);
  return oldestFirst.filter((file) => {
    const goes = file.at < since || total > bytes;
    if (goes) total -= file.size;
    return goes;
  });
}
