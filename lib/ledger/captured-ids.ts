import { readFileSync } from 'node:fs';
import { namesIn } from '../core/files.ts';

/** What the hooks of one session noted. */
export interface SessionNotes {
  readonly sessionId: string;
  readonly captured: readonly string[];
  readonly refused: readonly string[];
}

/** The notes of every session that has a folder in `throttle/` and is `wanted`; the files of the others are not opened. */
export function readNotes(
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

/** What the hooks of one session captured, in their order. */
export function capturedBy(throttleRoot: string, session: string): readonly string[] {
  return readNotes(throttleRoot, (id) => id === session)[0]?.captured ?? [];
}

/** Ids in a file of lines; a half-written last line is no id yet. */
function idsIn(file: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return []; // this session noted nothing
  }
  return text.split('\n').filter((line) => /^evt_\d{8}_\d{6}_[0-9a-f]{16}$/.test(line));
}
