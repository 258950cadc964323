import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HEALTH_POINTS, computeHealth } from '../../../../lib/query/health/score.ts';
import { scoreWorker, type WorkerSigns } from '../../../../lib/query/health/worker-health.ts';
import type { SeenWorker } from '../../../../lib/query/workers.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const EMPTY = { pending: 0, delayed: 0, processing: 0, dead: 0 };

interface Told extends Partial<Omit<WorkerSigns, 'worker'>> {
  readonly worker?: Partial<SeenWorker>;
  readonly beat?: Readonly<Record<string, unknown>>;
}

function codesOf({ worker = {}, beat = {}, ...signs }: Told): readonly string[] {
  return health({ worker, beat, ...signs }).reasons.map(({ code }) => code);
}

function health({ worker = {}, beat = {}, ...signs }: Told) {
  const heartbeat = {
    ...{ version: '1.0.0', processed: 1_000, failed: 0, missedWakeUps: 0, memoryMb: 70 },
    ...{ watcher: { alive: true, restarts: 0 }, latencyMs: { p50: 2, p95: 9, p99: 20 }, ...beat },
  };
  const seen: SeenWorker = {
    ...{ id: 'w1', pid: 7, mode: 'event-loop', state: 'idle', leader: true, heartbeat, ...worker },
  };
  return scoreWorker({ queue: EMPTY, now: NOW, version: '1.0.0', ...signs, worker: seen });
}

describe('scoreWorker', () => {
  it('is 100 for a worker with nothing wrong', () => {
    expect(health({})).toEqual({ score: 100, reasons: [] });
  });

  it('is 100 before its first heartbeat', () => {
    expect(health({ worker: { heartbeat: null } }).score).toBe(100);
  });

  it('is 0 for a dead worker and for one that makes no progress, whatever else is wrong', () => {
    expect(health({ worker: { state: 'dead' } })).toMatchObject({ score: 0 });
    const stuck = health({
      worker: { state: 'stuck', mode: 'polling' },
      queue: { ...EMPTY, dead: 3 },
    });
    expect(stuck.score).toBe(0);
    expect(stuck.reasons.map(({ code }) => code)).toEqual(['stuck', 'polling', 'dead-letters']);
  });

  it.each<readonly [string, Told]>([
    ['polling', { worker: { mode: 'polling' }, beat: { watcher: { alive: false, restarts: 0 } } }],
    ['pipe-missing', { worker: { mode: 'watching' } }],
    ['watcher-dead', { beat: { watcher: { alive: false, restarts: 0 } } }],
    ['watcher-restarted', { beat: { watcher: { alive: true, restarts: 2 } } }],
    ['store-down', { beat: { trouble: 'store: database is locked' } }],
    ['queue-old', { queue: { ...EMPTY, pending: 1, oldestAt: NOW - 10_001 } }],
    ['queue-deep', { queue: { ...EMPTY, pending: 1_001, oldestAt: NOW } }],
    ['dead-letters', { queue: { ...EMPTY, dead: 1 } }],
    ['entries-failing', { beat: { processed: 30, failed: 3 } }],
    ['slow', { beat: { latencyMs: { p50: 1, p95: 1_001, p99: 2_000 } } }],
    ['wake-ups-missed', { beat: { missedWakeUps: 11 } }],
    ['memory', { beat: { memoryMb: 201 } }],
    ['other-version', { beat: { version: '0.9.0' } }],
  ])('takes points off for %s alone', (code, told) => {
    expect(codesOf(told)).toEqual([code]);
  });

  it.each<readonly [string, Told]>([
    [
      'an entry that waits ten seconds',
      { queue: { ...EMPTY, pending: 1, oldestAt: NOW - 10_000 } },
    ],
    ['1,000 entries', { queue: { ...EMPTY, pending: 1_000, oldestAt: NOW } }],
    ['two failed attempts', { beat: { processed: 3, failed: 2 } }],
    ['one failed attempt in twenty', { beat: { processed: 95, failed: 5 } }],
    ['a slow start', { beat: { processed: 49, latencyMs: { p95: 5_000 } } }],
    ['an entry from the future', { queue: { ...EMPTY, pending: 1, oldestAt: NOW + 90_000 } }],
    ['trouble that is not the store', { beat: { trouble: 'pipe: EPERM' } }],
  ])('takes nothing off for %s', (_what, told) => {
    expect(codesOf(told)).toEqual([]);
  });

  it('ignores figures of another kind in a heartbeat', () => {
    const beat = { processed: 'many', failed: null, watcher: 3, latencyMs: [], memoryMb: {} };
    expect(codesOf({ beat })).toEqual([]);
  });
});

describe('computeHealth', () => {
  it('names the heaviest reason first, and never goes below 0', () => {
    expect(computeHealth({ memory: 'a', polling: 'b', slow: undefined })).toEqual({
      score: 60,
      reasons: [
        { code: 'polling', points: 30, text: 'b' },
        { code: 'memory', points: 10, text: 'a' },
      ],
    });
    expect(computeHealth({ stuck: 'a', polling: 'b' }).score).toBe(0);
  });
});

describe('docs/metrics.md', () => {
  it('names every reason with its points', () => {
    const rows = readFileSync('docs/metrics.md', 'utf8').matchAll(
      /^\| ((?:`[a-z-]+`(?:, )?)+) \| ([\d, ]+) \|/gm,
    );
    const told = [...rows].flatMap(([, names = '', points = '']) => {
      const each = points.split(', ');
      return names
        .split(', ')
        .map((name, index) => [name.replaceAll('`', ''), Number(each[index] ?? each[0])]);
    });
    expect(Object.fromEntries(told)).toEqual(HEALTH_POINTS);
  });
});
