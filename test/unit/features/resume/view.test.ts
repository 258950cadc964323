import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { shortHash16 } from '../../../../lib/core/short-hash.ts';
import { stateFolderAt } from '../../../../lib/core/state-folder.ts';
import type { GitState } from '../../../../lib/git/git-state.ts';
import {
  LATEST_SESSIONS,
  createLatestSessionsRefresher,
  createResumeRefresher,
} from '../../../../lib/features/resume/view.ts';
import { eventApplier } from '../../../../lib/store/apply-events.ts';
import { forgetRows } from '../../../../lib/retention/forget.ts';
import { listDueRefreshes } from '../../../../lib/store/refreshes.ts';
import { EFFECTS } from '../../../../lib/worker/effects.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { testEvent } from '../../../support/test-event.ts';
import { testStore } from '../../../support/test-store.ts';

const STATE: GitState = { branch: 'dates', changed: 1, files: ['M a.ts'] };

function scene() {
  const database = testStore();
  eventApplier(
    database,
    EFFECTS,
    () => 1,
  )([
    testEvent({
      payload: {
        session_id: 's1',
        project: '/p',
        worktree: '/p',
        prompt: 'Teach the parser to read all dates',
      },
    }),
  ]);
  const root = tempFolder();
  const folder = stateFolderAt(root);
  mkdirSync(folder.queue);
  let answer: (state: GitState | undefined) => void = () => undefined;
  const readGit = () => new Promise<GitState | undefined>((resolve) => (answer = resolve));
  let now = 5;
  const refresh = createResumeRefresher({
    folder,
    clock: () => now,
    lessonOf: () => () => undefined,
    readGit,
    command: () => 'waymark',
  });
  const view = () => JSON.parse(readFileSync(`${folder.views}/resume/s1.json`, 'utf8'));
  return {
    database,
    folder,
    refresh: (session = 's1') => refresh(database, session),
    advance: () => (now += 1),
    view,
    answer: (state?: GitState) => answer(state),
  };
}

describe('the view of where you were', () => {
  it('is asked for by what happens in a session', () => {
    expect(
      listDueRefreshes(scene().database, 9).map(({ kind, key }) => `${kind} ${key}`),
    ).toContain('resume s1');
  });

  it('is made at once, and again when git has answered', async () => {
    const { refresh, view, answer, folder } = scene();
    refresh();
    expect(view()).toMatchObject({
      format: 1,
      at: 5,
      session: 's1',
      git: null,
      hasWork: false,
      text: expect.stringMatching(/^Task .*: `Teach the parser/),
    });
    expect(statSync(`${folder.views}/resume/s1.json`).mode & 0o777).toBe(0o600);
    answer(STATE);
    await Promise.resolve();
    await Promise.resolve();
    expect(view()).toMatchObject({
      git: STATE,
      text: expect.stringContaining('Branch `dates`, uncommitted: `M a.ts`'),
    });
    refresh();
    expect(view()).toMatchObject({ git: STATE });
  });

  it('is left alone while it would say the same at another time, and made again when it is gone', () => {
    const { refresh, view, folder, advance } = scene();
    refresh();
    advance();
    refresh();
    expect(view()).toMatchObject({ at: 5 });
    rmSync(`${folder.views}/resume/s1.json`);
    refresh();
    expect(view()).toMatchObject({ at: 6 });
  });

  it('has sessions that only overtake each other written at a pace, and one that comes at once', () => {
    const { database, folder, refresh } = scene();
    const apply = eventApplier(database, EFFECTS, () => 1);
    const event = (session_id: string, time: number): void => {
      apply([
        testEvent({
          event_id: `evt_20261122_044832_0123456789ab${String(time).slice(-4)}`,
          timestamp: new Date(time).toISOString(),
          payload: { session_id, project: '/p' },
        }),
      ]);
      database.exec('DELETE FROM refreshes');
      refresh(session_id);
    };
    const order = () =>
      JSON.parse(
        readFileSync(`${folder.views}/resume/by-project/${shortHash16('/p')}.json`, 'utf8'),
      ).sessions.map(({ session }: { readonly session: string }) => session);
    const later = Date.now() + 60_000;
    event('s2', later);
    expect(order()).toEqual(['s2', 's1']);
    event('s1', later + 1_000);
    expect(order()).toEqual(['s2', 's1']);
    expect(listDueRefreshes(database, 9)).toMatchObject([{ kind: LATEST_SESSIONS, key: '/p' }]);
    createLatestSessionsRefresher({ folder })(database, '/p');
    expect(order()).toEqual(['s1', 's2']);
    event('s3', later + 2_000);
    expect(order()).toEqual(['s3', 's1', 's2']);
  });

  it('names the latest sessions of the project beside it, and goes with its session', () => {
    const { database, folder, refresh } = scene();
    refresh();
    const project = () =>
      JSON.parse(
        readFileSync(`${folder.views}/resume/by-project/${shortHash16('/p')}.json`, 'utf8'),
      );
    expect(project()).toMatchObject({
      format: 1,
      project: '/p',
      sessions: [{ session: 's1', ended: false, client: null }],
    });
    forgetRows(database, new Set(['s1']));
    refresh();
    expect(existsSync(`${folder.views}/resume/s1.json`)).toBe(false);
    expect(project().sessions).toEqual([]);
  });
});
