import { describe, expect, it } from 'vitest';
import { findSession, latestSessionOf } from '../../../lib/query/find-session.ts';
import { readSessionDetail } from '../../../lib/query/session-detail.ts';
import { listSessions } from '../../../lib/query/sessions.ts';
import {
  askInStore,
  at,
  countOperations,
  inStore,
  OTHER,
  preparedStore,
  SESSION,
  START,
  twoSessions,
} from '../cli/prepared-store.ts';

describe('listSessions', () => {
  it('lists sessions latest first, in the shape that scripts rely on', async () => {
    const folder = preparedStore();
    const sessions = await askInStore(folder, (database) =>
      listSessions(database, folder, { limit: 10 }),
    );
    expect(sessions.map((session) => session.id)).toEqual([OTHER, SESSION]);
    expect(sessions[1]).toMatchObject({
      id: SESSION,
      project: '/work/shop',
      worktree: '/work/shop',
      startedAt: at(0),
      endedAt: at(31),
      operationCount: 2,
      failureCount: 1,
      checkpointCount: 2,
      contextPercent: null,
      promptCount: 1,
      checkpointData: {
        lastAutoCheckpoint: at(10),
        savedBy: 'hook/Stop',
        operationCount: 2,
        checkpointType: 'stop',
      },
    });
    expect(sessions[0]).toMatchObject({
      endedAt: null,
      worktree: null,
      operationCount: 0,
      failureCount: 0,
      checkpointCount: 0,
      tags: [],
      checkpointData: null,
    });
  });

  it('takes the larger of the stored and the counted number of operations', async () => {
    const folder = preparedStore();
    countOperations(folder, SESSION, 7);
    expect(
      (await askInStore(folder, (database) => listSessions(database, folder, { limit: 10 })))[1]
        ?.operationCount,
    ).toBe(7);
  });

  it('shows a session that was resumed after its end as running', async () => {
    const folder = preparedStore([
      ...twoSessions(),
      ['session.started', 50, { session_id: SESSION, project: '/work/shop', reason: 'resume' }],
    ]);
    expect(
      (await askInStore(folder, (database) => listSessions(database, folder, { limit: 1 })))[0],
    ).toMatchObject({ id: SESSION, endedAt: null, startedAt: at(0) });
  });

  it('finds the sessions of a folder and below, not those of a neighbour with the same beginning', async () => {
    const folder = preparedStore([
      ...twoSessions(),
      ['session.started', 60, { session_id: 'cccc', project: '/work/shopping', reason: 'startup' }],
    ]);
    const ids = (
      await askInStore(folder, (database) =>
        listSessions(database, folder, { limit: 10, project: '/work/shop' }),
      )
    ).map((session) => session.id);
    expect(ids).toEqual([OTHER, SESSION]);
  });

  it('computes the context from the latest sample and the model of an earlier one', async () => {
    const folder = preparedStore();
    inStore(folder, (database) => {
      addSample(database, 'm1', 5, 'claude-sonnet-4-5', 100_000);
      addSample(database, 'compaction x', 25, null, 20_000);
    });
    expect(
      (await askInStore(folder, (database) => listSessions(database, folder, { limit: 10 })))[1]
        ?.contextPercent,
    ).toBe(10);
  });
});

describe('readSessionDetail', () => {
  it('gives each checkpoint what happened since the one before', async () => {
    const folder = preparedStore();
    inStore(folder, (database) => addSample(database, 'm1', 15, 'claude-sonnet-4-5', 50_000));
    const detail = await askInStore(folder, (database) =>
      readSessionDetail(database, folder, SESSION),
    );
    expect(detail?.checkpoints).toMatchObject([
      {
        kind: 'auto',
        at: at(10),
        operationCount: 1,
        files: ['/work/shop/a.js'],
        commands: [],
        failures: [],
        contextPercent: null,
        snapshot: null,
        gitBranch: 'main',
      },
      {
        kind: 'stop',
        at: at(30),
        operationCount: 2,
        files: [],
        commands: ['npm test'],
        failures: [{ tool: 'Bash', target: 'npm test', error: 'Exit code 1' }],
        contextPercent: 25,
        note: 'done',
      },
    ]);
    expect(detail?.checkpoints[0]?.id).toBe('evt_20261122_100000_0000000000000003');
  });

  it('lists operations with their outcomes, failures and the log, oldest first', async () => {
    const folder = preparedStore();
    const detail = await askInStore(folder, (database) =>
      readSessionDetail(database, folder, SESSION),
    );
    expect(detail?.operations).toMatchObject([
      { at: at(10), tool: 'Write', target: '/work/shop/a.js', outcome: 'ok', agentId: null },
      { at: at(20), tool: 'Bash', target: 'npm test', outcome: 'failed', agentId: null },
    ]);
    expect(detail?.failures).toMatchObject([{ at: at(20), tool: 'Bash', error: 'Exit code 1' }]);
    expect(detail?.log.map((line) => `${line.kind} ${line.detail}`)).toEqual([
      'started startup',
      'prompt_submitted Fix the total',
      'ended exit',
    ]);
    expect(detail?.session.transcriptState).toBe('unread');
  });

  it('knows nothing of an unknown session', async () => {
    const folder = preparedStore();
    expect(
      await askInStore(folder, (database) => readSessionDetail(database, folder, 'nobody')),
    ).toBeUndefined();
  });
});

describe('findSession', () => {
  it('takes a whole id, a unique beginning, and last', async () => {
    const folder = preparedStore();
    const found = await askInStore(folder, (database) =>
      Promise.all([SESSION, 'aaaa2', 'last'].map((wanted) => findSession(database, wanted, 'any'))),
    );
    expect(found).toEqual([SESSION, OTHER, OTHER]);
  });

  it.each([
    ['a beginning that several have', 'aaaa', 'USAGE'],
    ['a beginning that none has', 'zz', 'NOT_FOUND'],
    ['signs of a pattern, which it takes literally', 'aaaa_', 'NOT_FOUND'],
  ])('refuses %s', async (_, wanted, code) => {
    const asked = askInStore(preparedStore(), (database) => findSession(database, wanted, 'any'));
    await expect(asked).rejects.toThrow(expect.objectContaining({ code }));
  });
});

describe('latestSessionOf', () => {
  it('finds the latest session of these folders', async () => {
    const folder = preparedStore();
    const latest = (folders: readonly string[]) =>
      askInStore(folder, (database) => latestSessionOf(database, folders));
    expect(await latest(['/work/shop', '/elsewhere'])).toBe(SESSION);
    expect(await latest(['/elsewhere'])).toBeUndefined();
  });
});

function addSample(
  database: Parameters<typeof findSession>[0],
  message: string,
  seconds: number,
  model: string | null,
  tokens: number,
): void {
  database
    .prepare(
      'INSERT INTO context_samples (session_id, message_id, placed_at, at, model, tokens) VALUES (?1, ?2, ?3, ?3, ?4, ?5)',
    )
    .run(SESSION, message, START + seconds * 1000, model, tokens);
}
