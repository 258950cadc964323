import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type StateFolder, stateFolderAt } from '../../../../../lib/core/state-folder.ts';
import type { NowAnswer } from '../../../../../lib/dashboard/server/routes/now.ts';
import type { SessionsAnswer } from '../../../../../lib/dashboard/server/routes/sessions.ts';
import { sqliteDriver } from '../../../../../lib/store/driver.ts';
import { HOSTILE } from '../../../../support/hostile-home.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';
import { testDashboard } from '../../../../support/test-dashboard.ts';
import { inStore, preparedStore, SESSION, START } from '../../../cli/prepared-store.ts';

/** Every address that the page reads, of one session where it names one. */
const READS = [
  ...['/api/about', '/api/now', '/api/sessions', '/api/search?q=total', '/api/failures'],
  ...['/api/agents', '/api/cost', '/api/security', '/api/events', '/api/dead-letters'],
  ...['/api/reports', '/api/system', '/api/system/disk', '/api/system/extensions'],
  ...['', '/conversation', '/checkpoints'].map((part) => `/api/sessions/${SESSION}${part}`),
];

/** What becomes of every read, with the code of its error. Its faults are no bugs. */
async function readAll(folder: StateFolder, now?: number) {
  const { get, bugs } = testDashboard({ folder, ...(now === undefined ? {} : { now }) });
  const answers = await Promise.all(
    READS.map(async (path) => {
      const response = await get(path);
      const text = await response.text();
      const { error } = JSON.parse(text);
      return { path, status: response.status, code: error?.code, remedy: error?.remedy, text };
    }),
  );
  expect(bugs).toEqual([]);
  return answers;
}

const failed = (answers: Awaited<ReturnType<typeof readAll>>) =>
  answers.filter(({ status }) => status !== 200);

describe('every page', () => {
  it('answers while nothing is recorded; a session is then unknown', async () => {
    const answers = await readAll(stateFolderAt(`${tempFolder()}/state`, {}, []));
    for (const { path, code } of failed(answers)) {
      expect(path).toContain(SESSION);
      expect(code).toBe('NOT_FOUND');
    }
  });

  it('says that a later waymark wrote the store, and what to do', async () => {
    const folder = preparedStore();
    inStore(folder, (database) => database.exec('PRAGMA user_version = 9999'));
    const answers = failed(await readAll(folder));
    expect(answers.length).toBeGreaterThan(5);
    for (const { code, status, remedy } of answers)
      expect([status, code, remedy]).toEqual([503, 'STORE_TOO_NEW', expect.stringMatching(/\S/)]);
  });

  it('says that the store is no database', async () => {
    const folder = preparedStore();
    rmSync(`${folder.store}-wal`, { force: true });
    writeFileSync(folder.store, 'no database at all'.repeat(500));
    const answers = failed(await readAll(folder));
    expect(answers.length).toBeGreaterThan(5);
    for (const { code, status } of answers) expect([status, code]).toEqual([503, 'STORE_CORRUPT']);
  });

  it.each([
    ['before all that is recorded', START - 40 * 86_400_000],
    ['at the beginning of time', 0],
    ['years later', START + 20 * 365 * 86_400_000],
  ])('answers when the clock is %s', async (_when, now) => {
    expect(failed(await readAll(preparedStore(), now))).toEqual([]);
  });

  it('stays small with texts of a megabyte, and has them as they are', async () => {
    const long = `<b>${HOSTILE}</b>`.repeat(Math.ceil(1e6 / (HOSTILE.length + 7)));
    const folder = preparedStore([
      ['session.started', 0, { session_id: SESSION, project: `/work/${long}`, reason: 'startup' }],
      ['session.prompt_submitted', 1, { session_id: SESSION, prompt: long }],
      [
        'task.failed',
        2,
        {
          session_id: SESSION,
          call: {
            ...{ tool: long, target: long, outcome: 'failed', tool_use_id: 't1' },
            error: `Exit code 1\n${long}`,
          },
        },
      ],
      ['session.ended', 3, { session_id: SESSION, reason: long }],
    ]);
    const answers = await readAll(folder);
    expect(failed(answers)).toEqual([]);
    for (const { path, text } of answers) expect(text.length, path).toBeLessThan(200_000);
  });
});

describe('a store that another program holds', () => {
  it('is named as locked, and the page answers again when it is free', {
    timeout: 120_000,
  }, async () => {
    const prepared = preparedStore();
    // a copy without a write-ahead log, which lets readers in whatever a writer does
    const folder = { ...prepared, store: `${prepared.root}/held.db` };
    inStore(prepared, (database) => database.exec(`VACUUM INTO '${folder.store}'`));
    const holder = sqliteDriver()(folder.store);
    onTestFinished(() => holder.close());
    holder.exec('BEGIN EXCLUSIVE');
    const { ask, get, bugs } = testDashboard({ folder });
    const { problems, sessions } = await ask<NowAnswer>('/api/now');
    expect(sessions).toEqual([]);
    expect(problems.map(({ text }) => text).join('\n')).toMatch(/locked/);
    expect((await get('/api/sessions')).status).toBe(503);
    holder.exec('ROLLBACK');
    expect((await get('/api/sessions')).status).toBe(200);
    expect(bugs).toEqual([]);
  });
});

describe('ten thousand sessions', () => {
  it('are counted, and listed by the page', { timeout: 120_000 }, async () => {
    const folder = preparedStore();
    inStore(folder, (database) =>
      database.exec(`WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT 10000)
        INSERT INTO sessions (id, last_event_at, first_event_at)
        SELECT printf('bbbb%04d-0000-4000-8000-000000000001', n), ${START} + n, ${START} FROM numbers`),
    );
    const { ask } = testDashboard({ folder });
    const { sessions, total } = await ask<SessionsAnswer>('/api/sessions');
    expect(total).toBe(10_002);
    expect(sessions.length).toBeLessThanOrEqual(200);
    const answers = await readAll(folder);
    expect(failed(answers)).toEqual([]);
    for (const { path, text } of answers) expect(text.length, path).toBeLessThan(1_000_000);
  });
});
