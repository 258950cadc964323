import { closeSync, openSync, readSync } from 'node:fs';
import { listFilesBelow } from '../core/file-keeper.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { readLines } from '../journal/read-lines.ts';
import { listRecoveryFolders } from '../queue/recovery-folder.ts';

/** A file that still contains a session id. */
export interface Trace {
  readonly path: string;
  readonly session: string;
}

const CHUNK = 1 << 20;
const OVERLAP = 256;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/**
 * Searches every file of the state folder and of the recovery folders for session ids, as `grep -r`
 * does, and compressed logs, too. Does not search compressed transcripts of other sessions.
 */
export function findTraces(folder: StateFolder, sessions: readonly string[]): readonly Trace[] {
  const search = namesOf(sessions);
  return [folder.root, ...listRecoveryFolders(folder.recovery)].flatMap((root) =>
    listFilesBelow(root, '').flatMap(({ path }) => {
      const found = new Set(search(path));
      for (const text of textsIn(`${root}/${path}`)) for (const id of search(text)) found.add(id);
      return [...found].map((session) => ({ path: `${root}/${path}`, session }));
    }),
  );
}

/**
 * Returns a function that finds which of these sessions a text names. Looks ids up in a set, so
 * that a thousand cost as much as one.
 */
export function namesOf(sessions: readonly string[]): (text: string) => readonly string[] {
  const known = new Set(sessions);
  const others = sessions.filter((id) => id.match(UUID)?.[0] !== id);
  return (text) => [
    ...(text.match(UUID) ?? []).filter((id) => known.has(id)),
    ...others.filter((id) => text.includes(id)),
  ];
}

function* textsIn(path: string): Generator<string> {
  if (path.endsWith('.jsonl.gz')) {
    yield* readLines(path, { onDamage: () => undefined });
    return;
  }
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return; // Deleted after it was listed.
  }
  try {
    const buffer = Buffer.alloc(CHUNK + OVERLAP);
    for (let offset = 0; ; offset += CHUNK) {
      const length = readSync(fd, buffer, 0, buffer.length, offset);
      if (length > 0) yield buffer.toString('latin1', 0, length);
      if (length < buffer.length) return;
    }
  } finally {
    closeSync(fd);
  }
}
