import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isoTime } from '../../../lib/core/clock.ts';
import type { JsonObject } from '../../../lib/core/json.ts';
import { type StateFolder, stateFolderAt } from '../../../lib/core/state-folder.ts';
import type { EventEnvelope } from '../../../lib/events/envelope.ts';
import {
  readSessionStates,
  type SessionState,
  type StateParts,
} from '../../../lib/query/session-states.ts';
import { eventApplier } from '../../../lib/store/apply-events.ts';
import { EFFECTS } from '../../../lib/worker/effects.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { testStore } from '../../support/test-store.ts';

export const START = Date.parse('2026-11-22T10:00:00.000Z');
const SESSION = 's1';

/**
 * What hooks recorded of a session, and what is asked about it.
 * @param storedAt When an event of this second is stored, in seconds; left out: a day later.
 */
export function sessionScene(storedAt: (seconds: number) => number = () => 86_400) {
  const database = testStore();
  const root = tempFolder();
  const folder = stateFolderAt(join(root, 'state'), {}, [root]);
  const transcript = join(root, 'projects/p/s1.jsonl');
  let count = 0;
  const tell = (seconds: number, type: string, source: string, own: JsonObject = {}): void => {
    count += 1;
    const payload = { session_id: SESSION, project: '/p', transcript_path: transcript, ...own };
    const event: EventEnvelope = {
      event_id: `evt_${count}`,
      event_type: type,
      timestamp: isoTime(START + seconds * 1_000),
      source: `hook/${source}`,
      payload,
    };
    eventApplier(database, EFFECTS, () => START + storedAt(seconds) * 1_000)([event]);
  };
  const stateAt = async (
    seconds: number,
    of: Pick<StateParts, 'hasExited' | 'childAges'> = {},
  ): Promise<SessionState | undefined> => {
    const alive = { hasExited: () => false, childAges: () => [] };
    const parts = { folder, now: START + seconds * 1_000, ...alive, ...of };
    return (await readSessionStates(database, [SESSION, 'unknown'], parts)).get(SESSION);
  };
  return {
    ...{ database, folder, transcript, tell, stateAt },
    stateNameAt: async (seconds: number) => (await stateAt(seconds))?.state,
    start: (seconds: number, own: JsonObject = {}) =>
      tell(seconds, 'session.started', 'SessionStart', {
        ...{ reason: 'startup', client: { pid: 4711, started: '99' } },
        ...own,
      }),
    prompt: (seconds: number) =>
      tell(seconds, 'session.prompt_submitted', 'UserPromptSubmit', { prompt: 'do it' }),
    stop: (seconds: number, own: JsonObject = {}) =>
      tell(seconds, 'checkpoint.created', 'Stop', {
        ...{ kind: 'stop', saved_by: 'hook/Stop', operation_count: 1 },
        ...own,
      }),
    notify: (seconds: number, awaited: string, message = '') =>
      tell(seconds, 'session.notified', 'Notification', { waits_for: awaited, message }),
    failTurn: (seconds: number, error: string) => {
      tell(seconds, 'task.failed', 'StopFailure', { turn: { error } });
      tell(seconds, 'checkpoint.created', 'StopFailure', {
        ...{ kind: 'stop', saved_by: 'hook/StopFailure', operation_count: 1 },
      });
    },
    count: (seconds: number) => countOperation(folder, START + seconds * 1_000),
    write: (...lines: readonly JsonObject[]) => writeLines(transcript, lines),
  };
}

/** What the gate leaves of a call that the throttle holds. */
function countOperation(folder: StateFolder, at: number): void {
  const file = `${folder.throttle}/${SESSION}/ops`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '.');
  utimesSync(file, at / 1_000, at / 1_000);
}

function writeLines(path: string, lines: readonly JsonObject[]): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

export function line(type: string, seconds: number, text: string): JsonObject {
  const content = [{ type: 'text', text }];
  const timestamp = isoTime(START + seconds * 1_000);
  return { type, timestamp, message: { role: type, content } };
}
