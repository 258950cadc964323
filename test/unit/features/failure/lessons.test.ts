import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { learnLessons } from '../../../../lib/features/failure/lessons.ts';
import { dumpStore, emptyStores, testStore } from '../../../support/test-store.ts';
import { type Knowledge, knowledge } from './knowledge.ts';

/** A call of session `s1`, as its transcript tells it. */
interface ToldCall {
  readonly at: number;
  readonly command: string;
  readonly hasFailed: boolean;
}

/** Stores a call, or another account of it. */
function tell({ database }: Knowledge, { at, command, hasFailed }: ToldCall): void {
  database
    .prepare(
      `INSERT INTO operations (tool_use_id, claimed_session, call_tool, call_target, at, transcript_at, transcript_outcome, transcript_error)
       VALUES (?1, 's1', 'Bash', ?2, ?3, ?3, ?4, ?5)
       ON CONFLICT (tool_use_id) DO UPDATE SET call_target = ?2, transcript_outcome = ?4, transcript_error = ?5`,
    )
    .run(...[`t${at}`, command, at, hasFailed ? 'failed' : 'ok', hasFailed ? UNKNOWN.error : null]);
}

function started(database = testStore()): Knowledge {
  const known = knowledge(database);
  known.apply('session.started', { session_id: 's1', project: '/p' });
  return known;
}

const UNKNOWN = { error: 'Exit code 1\nnpm error Missing script: "tset"' };

describe('learnLessons', () => {
  it('learns what worked after a failure, and lets a hook warn before it comes again in another session', () => {
    const known = knowledge();
    known.call('failed', 'npm run tset', UNKNOWN);
    known.refresh();
    expect(known.verdict('npm run tset')).toBeUndefined();
    known.call('ok', 'npm run test');
    known.refresh();
    expect(known.patterns()[0]?.pattern).toMatchObject({
      kind: 'invocation',
      count: 1,
      sessions: 1,
      fix: { text: 'npm run test', count: 1, isWhole: true, isEdit: false },
    });
    expect(known.verdict('npm run tset')).toBe('warn');
    expect(known.verdict('npm run test')).toBeUndefined();
    expect(known.verdict('npm run tset', '/elsewhere')).toBeUndefined();
    expect(known.needles()).toEqual(['tset']);
  });

  it('falls silent when the very same command goes well', () => {
    const known = knowledge();
    known.call('failed', 'npm run tset', UNKNOWN);
    known.call('ok', 'npm run test');
    known.refresh();
    known.call('ok', 'npm run tset', { session: 's2' });
    known.refresh();
    expect(known.verdict('npm run tset')).toBeUndefined();
    expect(known.needles()).toEqual([]);
  });

  it('loses a fix that fails later, in whatever session', () => {
    const known = knowledge();
    known.call('failed', 'npm run tset', UNKNOWN);
    known.call('ok', 'npm run test');
    known.refresh();
    known.call('failed', 'npm run test', {
      session: 's2',
      error: 'Exit code 1\nnpm error Missing script: "test"',
    });
    known.refresh();
    expect(known.patterns().map(({ pattern }) => pattern.fix)).toEqual([null, null]);
  });

  it('learns the same however often, and in whatever order its turns come', () => {
    const known = knowledge();
    known.call('failed', 'npm run tset', UNKNOWN);
    known.call('ok', 'npm run test');
    known.refresh();
    const before = dumpStore(known.database);
    known.database.exec('INSERT INTO unlearned SELECT tool_use_id, session_id FROM operations');
    learnLessons(known.database, 's1');
    learnLessons(known.database, 's1');
    expect(dumpStore(known.database)).toEqual(before);
  });

  it('counts a call that Claude Code refused for what it is, and none that a person refused', () => {
    const known = knowledge();
    known.apply('session.started', { session_id: 's1', project: '/p' });
    const insert = known.database.prepare(
      "INSERT INTO operations (tool_use_id, claimed_session, call_tool, call_target, at, transcript_at, transcript_outcome, transcript_error) VALUES (?, 's1', 'Edit', ?, 1, 2, 'rejected', ?)",
    );
    insert.run('t1', '/p/a.ts', 'String to replace not found in file.\nString: x');
    insert.run('t2', '/p/b.ts', "The user doesn't want to proceed with this tool use");
    insert.run('t3', '/p/c.ts', 'policy says no');
    learnLessons(known.database, 's1');
    expect(
      known.database.prepare('SELECT id, source, project, command FROM command_runs').all(),
    ).toEqual([{ id: 't1', source: 'transcript', project: '/p', command: '/p/a.ts' }]);
  });

  it('keeps what a hook reports after the transcript', () => {
    const known = knowledge();
    known.apply('session.started', { session_id: 's1' });
    known.database.exec(
      "INSERT INTO operations (tool_use_id, claimed_session, call_tool, call_target, at, transcript_at, transcript_outcome, transcript_error) VALUES ('t9', 's1', 'Read', '/a', 1, 2, 'unclear', 'File does not exist.')",
    );
    known.database.exec(
      "INSERT INTO refreshes (kind, key) VALUES ('lessons', 's1') ON CONFLICT DO NOTHING",
    );
    known.refresh();
    known.apply('task.failed', {
      session_id: 's1',
      call: {
        tool: 'Read',
        target: '/a',
        outcome: 'failed',
        tool_use_id: 't9',
        error: 'ENOENT: no such file',
      },
    });
    known.refresh();
    expect(known.database.prepare('SELECT id, source FROM command_runs').all()).toEqual([
      { id: 't9', source: 'hook' },
    ]);
  });

  it('learns from a long session in turns', () => {
    const known = knowledge();
    known.apply('session.started', { session_id: 's1', project: '/p' });
    known.database.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1300)
      INSERT INTO operations (tool_use_id, claimed_session, call_tool, call_target, at, transcript_at, transcript_outcome, transcript_error)
      SELECT 't' || i, 's1', 'Bash', 'npm run ' || CASE i % 50 WHEN 0 THEN 'tset' ELSE 'test' END, i, i, CASE i % 50 WHEN 0 THEN 'failed' ELSE 'ok' END,
        CASE i % 50 WHEN 0 THEN 'Exit code 1' || char(10) || 'npm error Missing script: "tset"' END FROM n`);
    known.database.exec(
      "INSERT INTO refreshes (kind, key) VALUES ('lessons', 's1') ON CONFLICT DO NOTHING",
    );
    known.now = 1_300;
    known.refresh();
    expect(known.patterns()[0]?.pattern).toMatchObject({
      count: 26,
      sessions: 1,
      fix: { text: 'npm run test', count: 25 },
    });
    expect(known.database.prepare('SELECT count(*) AS n FROM unlearned').get()).toEqual({ n: 0 });
  });

  it('forgets what a call taught once another account of it differs', () => {
    const known = started();
    tell(known, { at: 1, command: 'npm run tset', hasFailed: true });
    tell(known, { at: 2, command: 'npm install', hasFailed: false });
    tell(known, { at: 3, command: 'npm run test', hasFailed: false });
    tell(known, { at: 4, command: 'npm run tset', hasFailed: false });
    learnLessons(known.database, 's1');
    const rows = () => {
      const {
        failure_fixes: fixes = [],
        failure_mends: mends = [],
        command_runs: runs = [],
      } = dumpStore(known.database);
      return {
        fixes: fixes.map((row) => row['text']),
        mends: mends.map((row) => row['at']),
        failed: runs.filter((row) => row['pattern_id'] !== null).map((row) => row['id']),
        succeeded: runs.filter((row) => row['pattern_id'] === null).map((row) => row['id']),
      };
    };
    expect(rows()).toEqual({
      ...{ fixes: ['npm run test'], mends: [], failed: ['t1'], succeeded: ['t4'] },
    });
    tell(known, { at: 4, command: 'npm run tset', hasFailed: true });
    learnLessons(known.database, 's1');
    expect(rows()).toMatchObject({ failed: ['t1', 't4'], succeeded: [] });
    tell(known, { at: 1, command: 'npm run tset', hasFailed: false });
    learnLessons(known.database, 's1');
    expect(rows()).toEqual({ fixes: [], mends: [], failed: ['t4'], succeeded: ['t1'] });
  });

  it('learns from two calls that are far from each other and bring news in one turn', () => {
    const known = started();
    for (let at = 1; at <= 900; at += 1)
      tell(known, { at, command: `echo ${at}`, hasFailed: false });
    for (let turn = 0; turn < 5; turn += 1) learnLessons(known.database, 's1');
    for (const at of [100, 800]) {
      tell(known, { at, command: 'npm run tset', hasFailed: true });
      tell(known, { at: at + 1, command: 'npm run test', hasFailed: false });
    }
    learnLessons(known.database, 's1');
    expect(known.patterns()[0]?.pattern).toMatchObject({ count: 2, fix: { count: 2 } });
  });

  it('finds the same fixes in whatever order calls become known', () => {
    const commands = ['npm run tset', 'npm run test', 'npm install', 'npm run biuld', 'echo a'];
    const calls = fc
      .array(fc.record({ command: fc.constantFrom(...commands), hasFailed: fc.boolean() }), {
        minLength: 2,
        maxLength: 60,
      })
      .map((list) => list.map((call, index) => ({ ...call, at: index + 1 })));
    const empty = emptyStores();
    const learned = (told: readonly ToldCall[], atOnce: number) => {
      const known = started(empty());
      for (const [index, call] of told.entries()) {
        tell(known, call);
        if (index % atOnce === atOnce - 1) learnLessons(known.database, 's1');
      }
      learnLessons(known.database, 's1');
      const { failure_fixes: fixes, failure_mends: mends } = dumpStore(known.database);
      return { fixes, mends };
    };
    fc.assert(
      fc.property(
        calls.chain((list) =>
          fc.tuple(
            fc.constant(list),
            fc.shuffledSubarray(list, { minLength: list.length }),
            fc.integer({ min: 1, max: 20 }),
          ),
        ),
        ([list, shuffled, atOnce]) => {
          expect(learned(shuffled, atOnce)).toEqual(learned(list, 1_000));
        },
      ),
      { numRuns: 40 },
    );
  });
});
