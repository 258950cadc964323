import { describe, expect, it } from 'vitest';
import { readActivity, readContexts } from '../../../lib/query/contexts.ts';
import { addActivity, saveWatchedProjects } from '../../../lib/features/context/table.ts';
import { contextHome, SESSION } from '../features/context/context-home.ts';

describe('readContexts', () => {
  it('shows what the view shows, of active sessions', async () => {
    const home = contextHome();
    home.event('session.started');
    expect(await readContexts(home.database, home.clock(), [])).toEqual([]);
    home.answer(120_500);
    const view = home.refresh();
    const [shown] = await readContexts(home.database, home.clock(), []);
    expect(shown).toEqual({
      session: SESSION,
      project: '/nowhere/shop',
      tokens: 120_500,
      window: 200_000,
      windowSource: 'table',
      percent: view?.['percent'],
    });
    home.event('session.ended');
    expect(await readContexts(home.database, home.clock(), [])).toEqual([]);
  });
});

describe('readActivity', () => {
  it('adds up the last hour, and says what is watched only while a worker lives', async () => {
    const { database, clock } = contextHome();
    const minute = clock() - (clock() % 60_000);
    addActivity(database, [
      { project: '/a', minute, kind: 'created', count: 2 },
      { project: '/a', minute: minute - 60_000, kind: 'created', count: 3 },
      { project: '/a', minute: minute - 3_700_000, kind: 'created', count: 100 },
      { project: '/a', minute, kind: 'deleted', count: 1 },
    ]);
    saveWatchedProjects(
      database,
      [{ project: '/b', folders: 2_000, isCut: true, trouble: 'ENOSPC' }],
      clock(),
    );
    const a = {
      project: '/a',
      created: 5,
      modified: 0,
      deleted: 1,
      moved: 0,
      lastAt: new Date(minute).toISOString(),
      watchedFolders: null,
      isCut: false,
      trouble: null,
    };
    const b = {
      ...a,
      project: '/b',
      created: 0,
      deleted: 0,
      lastAt: null,
      watchedFolders: 2_000,
      isCut: true,
      trouble: 'ENOSPC',
    };
    expect(await readActivity(database, clock(), true)).toEqual([a, b]);
    expect(await readActivity(database, clock(), false)).toEqual([a]);
  });
});
