import { readFileSync } from 'node:fs';
import { namesIn } from '../core/files.ts';

/** What the hooks of one session noted. */
export interface SessionNotes {
  readonly sessionId: string;
  readonly captured: readonly string[];
  readonly refused: readonly string[];
}

/**
 * Reads the notes of every session that has a folder in `throttle/` and is `wanted`. Does not open
 * the files of other sessions.
 */
export function readCapturedNotes(
  throttleRoot: string,
  wanted: (sessionId: string) => boolean = () => true,
): readonly SessionNotes[] {
  const sessions = namesIn(throttleRoot).filter(wanted);
  return sessions.map((sessionId) => ({
    sessionId,
    captured: idsIn(`${throttleRoot}/${sessionId}/captured`),
    refused: idsIn(`${throttleRoot}/${sessionId}/refused`),
  }));
}

/** Lists what the hooks of one session captured, in order. */
export function listCaptured(throttleRoot: string, session: string): readonly string[] {
  return readCapturedNotes(throttleRoot, (id) => id === session)[0]?.captured ?? [];
}

/** Reads the ids in a file of lines. Ignores an incomplete last line. */
function idsIn(file: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return []; // This session noted nothing.
  }
  return text.split('\n').filter((line) => /^evt_\d{8}_\d{6}_[0-9a-f]{16}$/.test(line));
}
