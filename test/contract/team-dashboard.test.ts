import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stateFolderAt, type StateFolder } from '../../lib/core/state-folder.ts';
import { keepReadersOpen } from '../../lib/query/kept-readers.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { openStore } from '../../lib/store/open-store.ts';
import { STATES } from '../sessions/states.ts';
import { fleetMachine, type TestTeam, testTeam } from '../support/fleet-scene.ts';
import { postgresPrograms } from '../support/postgres-server.ts';
import { testDashboard } from '../support/test-dashboard.ts';
import { SESSION, START } from '../unit/cli/prepared-store.ts';

describe.skipIf(postgresPrograms() === undefined)('the dashboard of a team', () => {
  const now = START + 7_200_000;
  let team: TestTeam;
  let root: string;
  let folder: StateFolder;
  let shared: StateFolder;
  let closeTeam: () => void;

  beforeAll(async () => {
    team = await testTeam();
    root = mkdtempSync(`${tmpdir()}/waymark-team-`);
    folder = stateFolderAt(`${root}/state`, {}, [`${root}/run`]);
    for (const name of ['two-sessions', 'conversation', 'failures', 'usage', 'agent-runs'])
      await STATES[name]?.(folder);
    const store = openStore(folder.store, sqliteDriver());
    const machine = fleetMachine(team.session, { store, isWhole: true });
    await machine.feed.drain();
    await machine.feed.close();
    store.close();
    shared = { ...folder, team: { url: team.url, filter: {} } };
    closeTeam = keepReadersOpen(shared);
  });
  afterAll(async () => {
    closeTeam();
    await team.close();
    rmSync(root, { recursive: true, force: true });
  });

  /** The free space changes from one moment to the next. */
  const answers = async (of: StateFolder, path: string) => {
    const { get, bugs } = testDashboard({ folder: of, now });
    const response = await get(path);
    // a team orders events by time
    const text = (await response.text()).replaceAll(
      /"(free|freeBytes|seq|before|searched)":(?:\d+|null)/g,
      '"$1":0',
    );
    return { status: response.status, text, bugs };
  };

  it.each([
    '/api/now',
    '/api/sessions',
    '/api/sessions?limit=1&offset=1',
    `/api/sessions/${SESSION}`,
    `/api/sessions/${SESSION}/conversation`,
    '/api/events?type=task.*',
    '/api/failures',
    '/api/agents',
    '/api/cost',
    '/api/cost?by=model',
    '/api/security',
    '/api/reports',
    '/api/dead-letters',
    '/api/system',
    '/api/system/disk',
    '/api/system/extensions',
    '/api/about',
  ])('answers as that of a machine does: %s', async (path) => {
    const local = await answers(folder, path);
    expect(local).toMatchObject({ status: 200, bugs: [] });
    expect(await answers(shared, path)).toEqual(local);
  });

  it('lists the same events, by their time, a part at a time', async () => {
    interface Part {
      readonly events: ReadonlyArray<{ readonly id: string; readonly at: string }>;
      readonly before: number | null;
    }
    const [local, all] = [folder, shared].map((of) => testDashboard({ folder: of, now }));
    const here = (await local?.ask<Part>('/api/events?limit=200'))?.events ?? [];
    const ids: string[] = [];
    const times: string[] = [];
    let before: number | null = null;
    for (let part = 0; part < 40 && (part === 0 || before !== null); part += 1) {
      const path = `/api/events?limit=5${before === null ? '' : `&before=${before}`}`;
      const found: Part = (await all?.ask<Part>(path)) ?? { events: [], before: null };
      ids.push(...found.events.map(({ id }) => id));
      times.push(...found.events.map(({ at }) => at));
      before = found.before;
    }
    expect(ids.toSorted()).toEqual(here.map(({ id }) => id).toSorted());
    expect(times).toEqual(times.toSorted().toReversed());
  });

  it('has the same metrics', async () => {
    const figures = async (of: StateFolder) => {
      const { text, status } = await answers(of, '/metrics');
      expect(status).toBe(200);
      return text
        .split('\n')
        .filter((line) =>
          /^waymark_(?:sessions|today|metrics_topic|failure|store_events)/.test(line),
        );
    };
    expect(await figures(shared)).toEqual(await figures(folder));
  });

  it('finds words, and changes nothing', async () => {
    const { ask, post } = testDashboard({ folder: shared, now });
    expect(await ask('/api/search?q=total')).toMatchObject({ hits: [{ session: SESSION }] });
    const changed = await post(`/api/sessions/${SESSION}/tags`, { add: ['x'] });
    expect([changed.status, JSON.parse(await changed.text())]).toMatchObject([
      400,
      { error: { message: expect.stringMatching(/^Cannot change the store of a team/) } },
    ]);
  });

  it('goes on while a question waits for the server', async () => {
    const { get } = testDashboard({ folder: shared, now });
    await team.session.script('BEGIN; LOCK TABLE waymark_rows.usage IN ACCESS EXCLUSIVE MODE');
    let hasEnded = false;
    const slow = get('/api/cost').then(({ status }) => {
      hasEnded = true;
      return status;
    });
    const others = ['/api/events', '/assets/page.js', '/api/failures', '/api/about'];
    for (const path of [...others, ...others]) expect((await get(path)).status).toBe(200);
    expect(hasEnded).toBe(false);
    await team.session.script('ROLLBACK');
    expect(await slow).toBe(200);
  });

  it('says what is wrong with the server, and answers again when it is back', async () => {
    const gone = { ...folder, team: { url: 'postgres://ann:hidden@127.0.0.1:1/t', filter: {} } };
    const { status, text, bugs } = await answers(gone, '/api/sessions');
    expect({ status, bugs }).toEqual({ status: 503, bugs: [] });
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'STORE_UNAVAILABLE' } });
    await team.session.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'waymark reader'",
    );
    const statuses = [];
    for (let at = 0; at < 8; at += 1) statuses.push((await answers(shared, '/api/events')).status);
    expect(statuses.at(-1)).toBe(200);
    expect(statuses.filter((one) => one !== 200 && one !== 503)).toEqual([]);
  });
});
