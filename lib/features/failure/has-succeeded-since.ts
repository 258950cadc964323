import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { parseCalls } from '../../claude/transcript/parse-line.ts';

/** Bytes that are read from the end of a transcript. */
const TAIL_BYTES = 65_536;

/**
 * Whether the end of a transcript shows that a call succeeded after `since` (milliseconds). The
 * store learns about it later. A transcript that is missing, half-written or of another format
 * shows nothing. Never throws.
 * @param word Text that every call in question contains. Checking the others closely would take
 * most of the time.
 * @param isSame Whether a call is one in question.
 */
export function hasSucceededSince(
  transcript: string | undefined,
  since: number,
  word: string,
  isSame: (tool: string, target: string) => boolean,
): boolean {
  const asked = new Set<string>();
  for (const line of transcript === undefined ? [] : tailOf(transcript).split('\n')) {
    if ((asked.size === 0 && !line.includes(word)) || line.includes('"run_in_background":true'))
      continue; // in the background, its result is that it was started
    for (const fact of parseCalls(line)) {
      if (fact.kind === 'call' && fact.target.includes(word) && isSame(fact.tool, fact.target))
        asked.add(fact.toolUseId);
      if (
        fact.kind === 'result' &&
        fact.outcome === 'ok' &&
        fact.at > since &&
        asked.has(fact.toolUseId)
      )
        return true;
    }
  }
  return false;
}

function tailOf(path: string): string {
  try {
    return readTail(path);
  } catch {
    return ''; // not there yet, or not ours to read
  }
}

/** Opened without blocking, in case it is a pipe. */
function readTail(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = fstatSync(fd);
    if (!found.isFile()) return '';
    const tail = Buffer.alloc(Math.min(found.size, TAIL_BYTES));
    const count = readSync(fd, tail, 0, tail.length, found.size - tail.length);
    return tail.toString('utf8', 0, count);
  } finally {
    closeSync(fd);
  }
}
