import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runAllSlices } from '../../../../lib/core/sliced.ts';
import { failureRows } from '../../../../lib/features/failure/retention.ts';
import { rowKeeper } from '../../../../lib/store/keeper.ts';
import { promote } from '../../../../lib/features/failure/promote.ts';
import type { EventDraft } from '../../../../lib/events/envelope.ts';
import { inTransaction } from '../../../../lib/store/transaction.ts';
import { knowledge } from './knowledge.ts';

const UNKNOWN = { error: 'Exit code 1\nnpm error Missing script: "tset"' };
const DAY = 86_400_000;

describe('refreshFailureView', () => {
  it('writes nothing of a failure that causes no warning', () => {
    const known = knowledge();
    known.call('failed', 'npm run tset', UNKNOWN);
    known.call('failed', 'npm test', { error: 'Exit code 1\nFAIL src/a.test.ts\n 1 failed' });
    known.call('failed', 'npm test', { error: 'Exit code 1\nFAIL src/a.test.ts\n 1 failed' });
    known.refresh();
    expect(known.needles()).toEqual([]);
    expect(known.verdict('npm run tset')).toBeUndefined();
    expect(known.verdict('npm test')).toBeUndefined();
    expect(known.patterns()).toHaveLength(2);
  });

  it('speaks of the second failure in a row, where no fix is known', () => {
    const known = knowledge();
    known.call('failed', 'npm run tset', UNKNOWN);
    known.call('failed', 'npm run tset', UNKNOWN);
    known.refresh();
    expect(known.verdict('npm run tset')).toBe('warn');
    expect(known.needles()).toEqual(['tset']);
  });

  it('lets go of what has faded, and keeps it in the store', () => {
    const known = knowledge();
    known.call('failed', 'npm run tset', UNKNOWN);
    known.call('failed', 'npm run tset', UNKNOWN);
    known.refresh();
    promote(known.database, known.now + DAY, () => undefined);
    known.refresh();
    expect(known.needles()).toEqual(['tset']);
    known.now += 400 * DAY;
    expect(promote(known.database, known.now, () => undefined)).toMatchObject({ faded: 1 });
    known.refresh();
    expect(known.needles()).toEqual([]);
    expect(
      existsSync(
        `${known.views}/failures/${known.patterns()[0]?.key.slice(0, 2)}/${known.patterns()[0]?.key}.json`,
      ),
    ).toBe(false);
    expect(promote(known.database, known.now, () => undefined)).toMatchObject({ faded: 0 });
  });

  it('knows a failure that names no command, and writes no view for it', () => {
    const known = knowledge();
    for (let round = 0; round < 3; round += 1)
      known.apply('task.failed', {
        call: { tool: 'log', target: '', error: `disk ${round} is full` },
      });
    known.refresh();
    expect(
      known
        .patterns()
        .map(({ command, pattern }) => [command, pattern.tool, pattern.count, pattern.error]),
    ).toEqual([['', 'log', 3, 'disk <n> is full']]);
    expect(known.needles()).toEqual([]);
  });

  it('does not learn from a call that was interrupted, nor from a turn that the API ended', () => {
    const known = knowledge();
    known.apply('task.failed', {
      session_id: 's1',
      is_interrupt: true,
      call: {
        tool: 'Bash',
        target: 'sleep 9',
        tool_use_id: 't1',
        outcome: 'failed',
        error: 'stopped',
      },
    });
    known.apply('task.failed', { session_id: 's1', turn: { error: 'overloaded' } });
    known.refresh();
    expect(known.patterns()).toEqual([]);
  });
});

describe('promote', () => {
  it('tells of a pattern that came in a second session, and lets one hold everywhere that several projects know', () => {
    const known = knowledge();
    const events: EventDraft[] = [];
    const run = () => promote(known.database, known.now, (draft) => void events.push(draft));
    const fail = (session: string, project: string): void => {
      known.call('failed', 'npm run tset', { ...UNKNOWN, session, project });
      known.refresh();
    };
    fail('s1', '/a');
    expect(run()).toEqual({ detected: 0, promoted: 0, faded: 0 });
    fail('s2', '/a');
    expect(run()).toEqual({ detected: 1, promoted: 0, faded: 0 });
    fail('s3', '/b');
    fail('s3', '/b');
    expect(known.verdict('npm run tset', '/c')).toBeUndefined();
    expect(run()).toEqual({ detected: 0, promoted: 1, faded: 0 });
    known.refresh();
    expect(known.verdict('npm run tset', '/c')).toBe('warn');
    expect(run()).toEqual({ detected: 0, promoted: 0, faded: 0 });
    expect(events.map(({ type, payload }) => `${type} ${payload['reason'] ?? ''}`)).toEqual([
      'learning.pattern_detected second-session',
      'learning.model_updated ',
      'learning.pattern_detected promoted',
      'learning.model_updated ',
    ]);
    expect(events[2]?.payload).toMatchObject({
      pattern_id: expect.stringMatching(/^pat_/),
      sessions: 3,
      projects: 2,
      scope: 'global',
    });
  });

  it('leaves to its project what is about code', () => {
    const known = knowledge();
    for (const [index, project] of ['/a', '/b', '/c'].entries())
      known.call('failed', 'npm test', {
        session: `s${index}`,
        project,
        error: 'Exit code 1\nFAIL src/a.test.ts\n 1 failed',
      });
    known.refresh();
    expect(promote(known.database, known.now, () => undefined)).toMatchObject({ promoted: 0 });
  });
});

describe('failureRows', () => {
  const forget = (known: ReturnType<typeof knowledge>, before: number): void =>
    void inTransaction(known.database, () =>
      runAllSlices(
        rowKeeper(failureRows, known.database, 0).plan(
          { before, historyBefore: before, excess: 0, youngest: 0 },
          known.now,
        ),
      ).prune(),
    );

  it('adds up what forgotten sessions knew', () => {
    const known = knowledge();
    known.call('failed', 'npm run tset', { ...UNKNOWN, project: '/a' });
    known.call('ok', 'npm run test');
    known.refresh();
    known.now += 10 * DAY;
    known.call('failed', 'npm run tset', { ...UNKNOWN, session: 's2', project: '/b' });
    known.refresh();
    const [before] = known.patterns();
    forget(known, known.now - 5 * DAY);
    known.database.exec("DELETE FROM sessions WHERE id = 's1'");
    known.refresh();
    const [after] = known.patterns();
    expect(
      known.database
        .prepare("SELECT count(*) AS n FROM command_runs WHERE session_id = 's1'")
        .get(),
    ).toEqual({ n: 0 });
    expect(after?.pattern).toMatchObject({
      count: 2,
      sessions: 2,
      firstAt: before?.pattern.firstAt,
      lastAt: before?.pattern.lastAt,
      fix: before?.pattern.fix,
    });
    expect([...(after?.pattern.projects ?? [])].sort()).toEqual(['/a', '/b']);
    forget(known, known.now - 5 * DAY);
    expect(known.patterns()[0]?.pattern.count).toBe(2);
    forget(known, known.now + 1);
    expect(known.patterns()[0]?.pattern).toMatchObject({ count: 2, sessions: 2 });
  });

  it('deletes what is old and never caused a warning', () => {
    const known = knowledge();
    known.call('failed', 'npm run tset', UNKNOWN);
    known.refresh();
    known.now += 10 * DAY;
    forget(known, known.now);
    expect(
      known.database
        .prepare(
          'SELECT (SELECT count(*) FROM failure_patterns) + (SELECT count(*) FROM pattern_bases) AS n',
        )
        .get(),
    ).toEqual({ n: 0 });
  });
});
