import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isoTime } from '../../../lib/core/clock.ts';
import type { JsonObject } from '../../../lib/core/json.ts';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { showNotice } from '../../../lib/delivery/builtin/show-notice.ts';
import { eventApplier } from '../../../lib/store/apply-events.ts';
import { EFFECTS } from '../../../lib/worker/effects.ts';
import { terminalOf, waitingSession } from '../../../lib/worker/waiting-session.ts';
import { eventually } from '../../support/eventually.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { testStore } from '../../support/test-store.ts';

const START = Date.parse('2026-11-22T10:00:00.000Z');

describe('waitingSession', () => {
  it('tells state, project, the last typed prompt and the last notice', async () => {
    const database = testStore();
    const folder = stateFolderAt(join(tempFolder(), 'state'));
    const tell = (seconds: number, type: string, hook: string, own: JsonObject): void => {
      const id = `evt_${seconds}`;
      const timestamp = isoTime(START + seconds * 1_000);
      const payload = { session_id: 's1', project: '/home/user/shop', ...own };
      eventApplier(
        database,
        EFFECTS,
        () => START,
      )([{ event_id: id, event_type: type, timestamp, source: `hook/${hook}`, payload }]);
    };
    tell(0, 'session.started', 'SessionStart', { reason: 'startup' });
    tell(1, 'session.prompt_submitted', 'UserPromptSubmit', { prompt: 'do it' });
    tell(5, 'session.prompt_submitted', 'UserPromptSubmit', { prompt: '<task', synthetic: true });
    tell(9, 'checkpoint.created', 'Stop', {
      ...{ kind: 'stop', saved_by: 'hook/Stop', operation_count: 1 },
    });
    const ask = () => waitingSession(database, { folder, now: START + 10_000, session: 's1' });
    const expected = {
      ...{ state: 'waiting-for-you', message: null, project: '/home/user/shop' },
      ...{ promptAt: START + 1_000, workedAt: START + 9_000, notifiedAt: 0, terminal: undefined },
    };
    expect(await ask()).toEqual(expected);
    const deliver = database.prepare(
      "INSERT INTO deliveries (event_id, subscription, state, attempts, due_at, created_at, ended_at, output) VALUES (?, 'builtin/notify', 'done', 2, 0, 0, ?, ?)",
    );
    deliver.run('evt_9', START + 11_000, 'only 8s of work');
    expect(await ask()).toEqual(expected);
    database.prepare('DELETE FROM deliveries').run();
    deliver.run('evt_9', START + 11_000, 'notified');
    expect(await ask()).toEqual({ ...expected, notifiedAt: START + 11_000 });
    expect(
      await waitingSession(database, { folder, now: START, session: 'unknown' }),
    ).toBeUndefined();
  });
});

/** A terminal is made by `script` of util-linux. */
describe.runIf(process.platform === 'linux')('terminalOf', () => {
  it('finds the terminal of a process, which shows a notice there', async () => {
    const child = spawn('script', ['-qfec', 'echo pid=$$; exec sleep 60', '/dev/null']);
    onTestFinished(() => void child.kill('SIGKILL'));
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    await eventually('the process says its id', () => /pid=\d+/.test(text));
    const pid = Number(/pid=(\d+)/.exec(text)?.[1]);
    const terminal = terminalOf({ pid });
    expect(terminal).toMatch(/^\/dev\/pts\/\d+$/);
    const place = { way: 'terminal', platform: process.platform, environment: {} } as const;
    const notice = { title: 'Claude Code', text: 'a\u001b]0;b\u0007c', terminal };
    expect(await showNotice(notice, place)).toBeUndefined();
    await eventually('the terminal shows the notice', () =>
      text.includes('\u001b]9;Claude Code: a ]0;b c\u0007'),
    );
  });

  it('finds none for a process that has ended, or has none', () => {
    expect(terminalOf({ pid: 2 ** 22 + 1 })).toBeUndefined();
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    expect(terminalOf({ pid: child.pid ?? 0 })).toBeUndefined();
  });
});
