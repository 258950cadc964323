import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../../lib/cli/text/display-width.ts';
import { formatStatusSummary } from '../../../../lib/cli/text/status-summary-text.ts';
import { createPaint } from '../../../../lib/cli/text/paint.ts';
import type { StatusSummary } from '../../../../lib/query/status-summary.ts';
import type { LiveSession } from '../../../../lib/query/session-states.ts';

const AT = Date.parse('2026-11-22T12:00:00Z');
const LEDGER = {
  ...{ captured: 63, stored: 63, queued: 0, dead: 0, discarded: 0 },
  ...{ refused: 0, recovered: 0, abandoned: 0, gaps: 0 },
};
const WELL: StatusSummary = {
  ...{ home: '/state', version: '1.0.0', at: AT, ledger: LEDGER, limits: [], live: [] },
  freeBytes: 1e12,
  settings: [{ file: '/cfg/settings.json', hooks: 15, expected: 15, isOff: false }],
  hasPlugin: false,
  workers: [
    {
      ...{ id: 'w1', pid: 7, mode: 'event-loop', state: 'idle', leader: true },
      heartbeat: { startedAt: '2026-11-22T09:00:00Z', processed: 212, version: '1.0.0' },
    },
  ],
  health: [{ id: 'w1', leader: true, score: 100, reasons: [] }],
  queue: { pending: 0, delayed: 0, processing: 0, dead: 0 },
  store: { state: 'ok', message: undefined },
  counts: {
    ...{ total: 12, sessions: 3, calls: 212, failures: 9 },
    ...{ warned: 3, heeded: 2, deadDeliveries: 0 },
  },
  hookErrors: { count: 0, last: null },
};

const textOf = (glance: Partial<StatusSummary>, width?: number): string =>
  formatStatusSummary({ ...WELL, ...glance }, { paint: createPaint(false), width }).join('\n');

describe('glanceText', () => {
  it('counts the sessions that go on by what they are doing, the most urgent first', () => {
    const session = (state: LiveSession['state']): LiveSession => ({
      ...{ id: 's', state, since: '2026-11-22T11:00:00Z', until: null, message: null },
    });
    const live = [session('waiting-for-permission'), session('working'), session('working')];
    expect(textOf({ live })).toContain('Now     1 waiting for permission · 2 working\n');
    expect(textOf({})).not.toContain('Now ');
  });

  it('shows hooks, worker, today and the queue in a line each', () => {
    expect(textOf({}).split('\n')).toEqual([
      'waymark 1.0.0 /state',
      '',
      'Hooks   15 in /cfg/settings.json',
      'Worker  ● idle, up 3h, 212 processed',
      'Today   3 sessions, 212 calls, 9 ✗, Claude warned 3 times, heeded 2',
      'Queue   empty; all 63 events of the last 24 hours accounted for',
    ]);
  });

  it('breaks lines by the commands as they are typed here, which may be longer', () => {
    const runnable = (text: string): string =>
      text.replaceAll('`waymark', '`node dist/waymark.cjs');
    const lines = formatStatusSummary(
      { ...WELL, queue: { ...WELL.queue, dead: 2 } },
      { paint: createPaint(false), width: 50, runnable },
    );
    expect(lines.join('\n')).toContain('`node dist/waymark.cjs dead list`');
    expect(lines.filter((line) => displayWidth(line) > 50)).toEqual([]);
  });

  it('shows the health of the worker when something lowers it', () => {
    const reason = { code: 'polling', points: 30, text: 'it polls' } as const;
    const health = [{ id: 'w1', leader: true, score: 70, reasons: [reason] }];
    expect(textOf({ health })).toContain('212 processed, health 70 of 100');
  });

  it('shows what is left of a subscription, each account in a line of its own', () => {
    const limit = (configFolder: string, name: string, used: number, pace: number | null) => ({
      ...{ configFolder, name, used, pace },
      ...{ resetsAt: '2026-11-22T14:10:00Z', seenAt: '2026-11-22T11:59:00Z' },
    });
    const one = limit('/a', 'five_hour', 42, 74);
    expect(textOf({ limits: [one, limit('/a', 'seven_day', 3, null)] })).toContain(
      'Limits  5 hours 42 % used, resets in 2h 10m, at this pace 74 % by then; week 3 % used, resets in 2h 10m\n',
    );
    expect(textOf({ limits: [one, limit('/b', 'five_hour', 1, null)] })).toContain(
      ' by then (/a)\n',
    );
  });

  it('says how to install where no settings file starts a hook', () => {
    expect(textOf({ settings: [] })).toContain(
      'Hooks   ○ not installed  install them: `waymark install`',
    );
  });

  it('says why no worker can use the state folder, and promises none', () => {
    const homeFault = {
      ...{ problem: 'it is open to others (mode 755)', remedy: "Run: chmod 700 '/state'" },
      ...({ kind: 'mode', isUnsafe: false } as const),
    };
    const text = textOf({ homeFault, workers: [] });
    expect(text).toContain(
      "✗ No worker can use /state: it is open to others (mode 755)\n  Run: chmod 700 '/state'",
    );
    expect(text).not.toContain('the next hook starts one');
  });

  it('says that the plugin starts them', () => {
    expect(textOf({ settings: [], hasPlugin: true })).toContain('Hooks   started by the plugin');
  });

  it('says what is missing of the hooks, and that they are switched off', () => {
    const file = { file: '/cfg/settings.json', hooks: 12, expected: 15, isOff: false };
    expect(textOf({ settings: [file] })).toContain(
      '✗ /cfg/settings.json starts 12 of 15 hooks\n  Install the others again: `waymark install`',
    );
    expect(textOf({ settings: [{ ...file, isOff: true }] })).toContain('Hooks   ○ not installed');
    expect(textOf({ settings: [{ ...file, isOff: true }] })).toContain(
      '✗ disableAllHooks is true in /cfg/settings.json: no hook runs',
    );
  });

  it('tells a first day from a quiet one, and a store that cannot be read', () => {
    const none = {
      ...{ total: 0, sessions: 0, calls: 0, failures: 0 },
      ...{ warned: 0, heeded: 0, deadDeliveries: 0 },
    };
    expect(textOf({ counts: none })).toContain('Today   nothing recorded yet');
    expect(textOf({ counts: { ...none, total: 4 } })).toContain(
      'Today   nothing yet; 4 sessions before',
    );
    expect(textOf({ counts: undefined })).toContain('Today   unknown while the store');
  });

  it.each<[string, Partial<StatusSummary>, string]>([
    [
      'what failed permanently',
      { queue: { ...WELL.queue, dead: 2 } },
      '✗ 2 events failed permanently\n  See why: `waymark dead list`. Retry: `waymark dead retry --all`',
    ],
    [
      'what is missing',
      { ledger: { ...LEDGER, stored: 62, gaps: 1 } },
      '✗ 1 captured event missing\n  See what can be restored: `waymark doctor`',
    ],
    [
      'a store that cannot be read',
      { store: { state: 'corrupt', message: 'file is not a database' } },
      '✗ The store is corrupt: file is not a database; events stay in the queue until it works again\n  See what to do: `waymark doctor`',
    ],
    ['a full disk', { freeBytes: 1_000 }, '✗ The disk is full: 1.0 kB free'],
    [
      'a worker of another version',
      { version: '1.1.0' },
      '✗ The worker is of version 1.0.0, this is 1.1.0\n  Replace it: `waymark worker restart`',
    ],
    [
      'a hook that had trouble',
      {
        hookErrors: {
          count: 2,
          last: {
            ...{ at: '2026-11-22T11:58:00Z', code: 'X', message: 'the queue cannot be written' },
            ...{ remedy: null, hook: 'stop' },
          },
        },
      },
      '✗ 2 hook errors in the last 24 hours, the last 2m ago: the queue cannot be written (stop)\n  See /state/log/hook-errors.log',
    ],
    [
      'a turn that was not committed',
      {
        refusedTurn: {
          ...{ at: '2026-11-22T11:58:00Z', session: 's', worktree: '/work/shop', state: 'refused' },
          ...{ branch: null, commit: null, cause: 'hook', reason: 'pre-commit: 2 tests\nfail' },
        },
      },
      '✗ The last turn in /work/shop was not committed, 2m ago: pre-commit: 2 tests fail\n  `waymark auto-commit` shows the latest turns.',
    ],
  ])('names %s with what to do', (_title, glance, expected) => {
    expect(textOf(glance)).toContain(expected);
  });

  it('says that what waits for long has no worker', () => {
    const queue = { ...WELL.queue, pending: 3, oldestAt: AT - 120_000 };
    const alone = textOf({ workers: [], queue });
    expect(alone).toContain('Queue   3 events waiting, the oldest for 2m');
    expect(alone).toContain(
      '✗ Events are waiting and no worker is running\n  Start one: `waymark worker --detach`',
    );
    expect(textOf({ queue })).not.toContain('✗ Events wait');
  });

  it('says that no worker makes progress, and nothing of one whose process died', () => {
    const [worker] = WELL.workers;
    if (worker === undefined) throw new Error('no worker');
    expect(textOf({ workers: [{ ...worker, state: 'stuck' }] })).toContain(
      '✗ Worker w1 makes no progress\n  Restart it: `waymark worker restart w1`',
    );
    expect(textOf({ workers: [{ ...worker, state: 'dead' }] })).toContain('Worker  ○ none');
  });

  it('breaks lines between words where the terminal is narrow', () => {
    const lines = textOf({ freeBytes: 0 }, 40).split('\n');
    expect(lines.filter((line) => displayWidth(line) > 40)).toEqual([]);
    expect(lines.join(' ').replace(/ +/g, ' ')).toContain('Claude warned 3 times, heeded 2');
  });
});
