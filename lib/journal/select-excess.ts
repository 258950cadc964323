/** A file of events that may be deleted. */
export interface AgedFile {
  readonly path: string;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface KeepLimits {
  /** Delete older files; in milliseconds since the epoch. */
  readonly since: number;
  /** Most bytes of all files together, including what exists beside them. */
  readonly bytes: number;
  readonly beside: number;
}

/** Selects files that are too old, then the oldest others until the rest fits. */
export function selectExcess<File extends AgedFile>(
  files: readonly File[],
  { since, bytes, beside }: KeepLimits,
): readonly File[] {
  const oldestFirst = files.toSorted((a, b) => a.at - b.at);
  let total = oldestFirst.reduce((sum, { size }) => sum + size, beside);
  return oldestFirst.filter((file) => {
    const goes = file.at < since || total > bytes;
    if (goes) total -= file.size;
    return goes;
  });
}
