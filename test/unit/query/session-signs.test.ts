import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { watchStore } from '../../../lib/dashboard/server/store-watch.ts';
import { countOperation, sessionFolder } from '../../../lib/hook/throttle.ts';
import { sessionSigns } from '../../../lib/query/session-signs.ts';
import { readStoreMark } from '../../../lib/query/store-mark.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { inStore, preparedStore, START } from '../cli/prepared-store.ts';

const ID = 'live';

/** A session at work, a tab that watches it, and a clock that only a test moves. */
function scene() {
  const folder = preparedStore();
  const transcript = `${tempFolder()}/live.jsonl`;
  writeFileSync(transcript, '{}\n');
  let now = START + 60_000;
  let hasExited = false;
  let childAges: readonly number[] = [];
  inStore(folder, (database) => {
    database
      .prepare(
        `INSERT INTO session_log (id, session_id, at, kind, detail)
         VALUES ('n1', ?, ?, 'notified', 'permission: May I?')`,
      )
      .run(ID, START);
    database
      .prepare(
        `INSERT INTO sessions (id, transcript_path, first_event_at, last_event_at, client_pid, client_started)
         VALUES (?, ?, ?, ?, 4711, '5')`,
      )
      .run(ID, transcript, START, now);
  });
  const signs = sessionSigns({
    ...{ folder, clock: () => now, hasExited: () => hasExited, childAges: () => childAges },
  });
  const timers: Array<{ readonly at: number; readonly call: () => void }> = [];
  const watch = watchStore({
    readMark: () => {
      const mark = readStoreMark(folder);
      return `${mark} ${signs(mark)}`;
    },
    after: (ms, call) => {
      timers.push({ at: now + ms, call });
      return () => undefined;
    },
  });
  const heard: number[] = [];
  watch.listen(() => void heard.push(now));
  /** Milliseconds until the tab hears of what was just done; at most ten seconds are tried. */
  const heardAfter = (): number | undefined => {
    const begun = now;
    heard.length = 0;
    while (heard.length === 0 && now - begun < 10_000) {
      const [next] = timers.splice(0, 1);
      if (next === undefined) return undefined;
      now = next.at;
      next.call();
    }
    return heard[0] === undefined ? undefined : heard[0] - begun;
  };
  return {
    ...{ folder, transcript, heardAfter },
    endClient: () => {
      hasExited = true;
    },
    startCall: () => {
      childAges = [5_000];
    },
  };
}

/** A page asks once a second at the most, so that half a second is left for the answer. */
const MAX_MS = 500;

describe('a tab that is open while nothing is stored', () => {
  it('hears of nothing while nothing happens', () => {
    expect(scene().heardAfter()).toBeUndefined();
  });

  it.each<[string, (of: ReturnType<typeof scene>) => void]>([
    ['the process of the client ends', ({ endClient }) => endClient()],
    ['a call runs that was allowed', ({ startCall }) => startCall()],
    ['Escape shows in the transcript', ({ transcript }) => appendFileSync(transcript, '{}\n')],
    [
      'a throttled call ends, after a permission',
      ({ folder }) => {
        mkdirSync(`${folder.throttle}/${ID}`, { recursive: true });
        countOperation(sessionFolder(folder.throttle, ID));
      },
    ],
  ])('hears within half a second that %s', (_, happen) => {
    const one = scene();
    happen(one);
    expect(one.heardAfter()).toBeLessThanOrEqual(MAX_MS);
  });
});
