import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forgetTeam } from '../../lib/features/failure/learn-from-team.ts';
import { readStoredPatterns } from '../../lib/features/failure/stored-patterns.ts';
import { formatFailureWarning } from '../../lib/features/failure/warning.ts';
import { teamTablesOfProgram } from '../../lib/fleet/shared-tables.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { removeHost } from '../../lib/store/postgres/hosts.ts';
import { PostgresFault } from '../../lib/store/postgres/postgres-fault.ts';
import { inTransaction } from '../../lib/store/transaction.ts';
import { kept, type TestTeam, testTeam } from '../support/fleet-scene.ts';
import { type LearningMachine, learningMachine } from '../support/learning-machine.ts';
import { TEAM_DATABASES } from '../support/pglite-session.ts';
import { testStore } from '../support/test-store.ts';

const WRONG = 'npm run biuld';
const RIGHT = 'npm run build';
const UNKNOWN = { error: 'Exit code 1\nnpm error Missing script: "biuld"' };

describe.each(TEAM_DATABASES)('what a team on %s knows of failures', (name) => {
  let team: TestTeam;
  let [ann, bob, eve]: LearningMachine[] = [];
  const machine = (host: string, person: string, more = {}) =>
    learningMachine(team.session, { host, person, store: testStore(), ...more });

  beforeAll(async () => {
    team = await testTeam(name === 'PGlite');
  });
  afterAll(() => team.close());
  beforeEach(async () => {
    await team.empty();
    [ann, bob, eve] = [
      machine('host-a', 'ann'),
      machine('host-b', 'bob'),
      machine('host-e', 'eve'),
    ];
  });

  const fails = (who: LearningMachine | undefined, fix = RIGHT): void => {
    who?.call('failed', WRONG, UNKNOWN);
    who?.call('ok', fix);
  };
  const idOf = (who: LearningMachine | undefined): string =>
    String(who?.store.prepare('SELECT id FROM failure_patterns').get()?.['id']);
  const confirm = (who: LearningMachine | undefined): void =>
    who?.change(idOf(who), { confirmed: RIGHT });
  const known = (who: LearningMachine | undefined) =>
    who === undefined ? [] : who.store.prepare('SELECT * FROM team_patterns').all();

  it('comes to another machine once the fix is confirmed, and not before', async () => {
    fails(ann);
    await ann?.exchange();
    await bob?.exchange();
    expect(bob?.warning(WRONG)).toBeUndefined();
    expect(bob?.needles()).toEqual([]);

    confirm(ann);
    await ann?.exchange();
    await bob?.exchange();
    expect(bob?.warning(WRONG)).toMatchObject({
      verdict: 'warn',
      pattern: {
        fix: { text: RIGHT, isWhole: true },
        ...{ count: 1, projects: ['*/shop'] },
        team: { people: 1, isConfirmed: true, isFixOnly: false },
      },
    });
    expect(bob?.needles()).toEqual(['biuld']);
    expect(bob?.warning(RIGHT)).toBeUndefined();
  });

  it('comes without a confirmation once it has happened to two people, not to one on two machines', async () => {
    const second = machine('host-a2', 'ann');
    fails(ann);
    fails(second);
    await ann?.exchange();
    await second.exchange();
    await bob?.exchange();
    expect(bob?.warning(WRONG)).toBeUndefined();
    fails(eve);
    await eve?.exchange();
    await bob?.exchange();
    expect(bob?.warning(WRONG)).toMatchObject({
      pattern: { count: 3, fix: { text: RIGHT }, team: { people: 2, isConfirmed: false } },
    });
  });

  it("is marked as the team's, and names no path, machine or person", async () => {
    const project = '/home/ann/work/shop';
    ann?.call('failed', WRONG, { ...UNKNOWN, project });
    ann?.call('failed', `cd ${project} && npm run biuld`, { ...UNKNOWN, project });
    ann?.call('ok', RIGHT, { project });
    confirm(ann);
    await ann?.exchange();
    await bob?.exchange();
    const { pattern } = bob?.warning(WRONG) ?? {};
    if (pattern === undefined) throw new Error('Cannot find the warning');
    const text = formatFailureWarning(pattern, { now: bob?.now ?? 0, command: () => 'waymark' });
    expect(text).toContain('known to fail in your team');
    expect(text).toContain('for a teammate');
    expect(text).toContain(`What worked instead (confirmed by your team): \`${RIGHT}\``);
    expect(JSON.stringify(known(bob))).not.toMatch(/ann|\/home|laptop|host-a/);
  });

  it('stays away when its fix names a path of another machine', async () => {
    ann?.call('failed', WRONG, UNKNOWN);
    ann?.call('ok', '/home/ann/bin/npm run build');
    ann?.call('failed', 'pytset -q', { error: 'Exit code 127\nbash: pytset: command not found' });
    ann?.call('ok', 'pytest -q --rootdir /home/ann/shop');
    for (const { id } of ann?.store.prepare('SELECT id FROM failure_patterns').all() ?? [])
      for (const { text } of ann?.store
        .prepare('SELECT text FROM failure_fixes WHERE pattern_id = ?')
        .all(id ?? null) ?? [])
        ann?.change(String(id), { confirmed: String(text) });
    await ann?.exchange();
    await bob?.exchange();
    expect(known(bob)).toEqual([]);
  });

  it('holds where commands are shared, in repositories of the same name', async () => {
    fails(ann);
    confirm(ann);
    await ann?.exchange();
    if (bob !== undefined) bob.folders = ['/home/host-b/shop'];
    await bob?.exchange();
    expect(bob?.warning(WRONG)).toBeDefined();
    expect(bob?.warning(WRONG, '/home/host-b/other')).toBeUndefined();
    expect(bob?.warning(WRONG, '/elsewhere/shop')).toBeUndefined();
  });

  it('is not asked for by a machine that shares no commands', async () => {
    fails(ann);
    confirm(ann);
    await ann?.exchange();
    if (bob !== undefined) bob.folders = [];
    await bob?.exchange();
    expect(known(bob)).toEqual([]);
  });

  it('gives way to what the machine knows: its own fix, its success, its decision', async () => {
    bob?.call('failed', WRONG, UNKNOWN);
    bob?.call('ok', 'npm run build:all');
    fails(ann);
    confirm(ann);
    await ann?.exchange();
    await bob?.exchange();
    expect(bob?.warning(WRONG)?.pattern).toMatchObject({ fix: { text: 'npm run build:all' } });
    expect(bob?.warning(WRONG)?.pattern.team).toBeUndefined();

    const before = eve?.now ?? 0;
    if (eve !== undefined) eve.now += 600_000;
    eve?.call('ok', WRONG); // before it heard of anything, but after it failed for the other
    if (eve !== undefined) eve.now = before;
    await eve?.exchange();
    expect(known(eve)).toHaveLength(1);
    expect(eve?.warning(WRONG)).toBeUndefined();
    expect(eve?.needles()).toEqual([]);
  });

  it('gives a fix to a machine that has the failure, and none', async () => {
    bob?.call('failed', WRONG, UNKNOWN);
    expect(bob?.warning(WRONG)).toBeUndefined();
    fails(ann);
    confirm(ann);
    await ann?.exchange();
    await bob?.exchange();
    expect(bob?.warning(WRONG)?.pattern).toMatchObject({
      ...{ count: 1, fix: { text: RIGHT } },
      team: { isFixOnly: true, isConfirmed: true },
    });
  });

  it('is muted, unmuted and deleted like own knowledge', async () => {
    fails(ann);
    confirm(ann);
    await ann?.exchange();
    await bob?.exchange();
    const id = idOf(ann);
    bob?.change(id, { action: 'mute' });
    expect([bob?.warning(WRONG), bob?.needles()]).toEqual([undefined, []]);
    bob?.change(id, { action: 'default' });
    expect(bob?.warning(WRONG)).toBeDefined();
    bob?.change(id, { deleted: true });
    expect(bob?.warning(WRONG)).toBeUndefined();
    expect(bob === undefined ? [] : readStoredPatterns(bob.store, [id])).toEqual([]);
  });

  it('ends when the fix fails here, or there', async () => {
    fails(ann);
    confirm(ann);
    await ann?.exchange();
    await bob?.exchange();
    await eve?.exchange();
    bob?.call('failed', RIGHT, { error: 'Exit code 1\nnpm error Missing script: "build"' });
    expect(bob?.warning(WRONG)).toBeUndefined();
    ann?.call('failed', RIGHT, { error: 'Exit code 1\nnpm error Missing script: "build"' });
    ann?.call('failed', WRONG, UNKNOWN);
    await ann?.exchange();
    await eve?.exchange();
    expect(known(eve)).toEqual([]);
    expect(eve?.warning(WRONG)).toBeUndefined();
  });

  it('is taken back with its evidence: deleted there, or the machine removed', async () => {
    fails(ann);
    confirm(ann);
    await ann?.exchange();
    await bob?.exchange();
    await eve?.exchange();
    ann?.change(idOf(ann), { deleted: true });
    await ann?.exchange();
    await bob?.exchange();
    expect([known(bob), bob?.warning(WRONG)]).toEqual([[], undefined]);

    fails(ann);
    confirm(ann);
    await ann?.exchange();
    await eve?.exchange();
    expect(known(eve)).toHaveLength(1);
    await removeHost(team.session, 'host-a', teamTablesOfProgram(sqliteDriver()).shared);
    await eve?.exchange();
    expect(known(eve)).toEqual([]);
  });

  it('is kept while the team cannot be reached, and forgotten when the machine leaves', async () => {
    let isDown = false;
    const through: typeof kept = (session) => ({
      ...kept(session),
      query: (text, values) =>
        isDown
          ? Promise.reject(new PostgresFault('down', 'gone', undefined))
          : session.query(text, values),
    });
    const far = machine('host-f', 'fay', { through });
    fails(ann);
    confirm(ann);
    await ann?.exchange();
    await far.exchange();
    isDown = true;
    await far.exchange();
    expect(far.logged).toEqual(['KNOWLEDGE_LEARNED', 'KNOWLEDGE_DOWN']);
    expect(far.warning(WRONG)).toBeDefined();
    inTransaction(far.store, () => forgetTeam(far.store));
    far.refresh();
    expect([known(far), far.warning(WRONG), far.needles()]).toEqual([[], undefined, []]);
  });

  it('has times of the clock of the machine that asks', async () => {
    const DAY = 86_400_000;
    const behind = machine('host-z', 'zoe');
    if (ann !== undefined) ann.now = Date.now() + DAY;
    behind.now = Date.now();
    fails(ann);
    confirm(ann);
    await ann?.exchange();
    await behind.exchange();
    const [row] = known(behind);
    expect(Math.abs(Number(row?.['last_at']) - Date.now())).toBeLessThan(600_000);
  });

  it('is not sent back as knowledge of the machine that learned it', async () => {
    fails(ann);
    confirm(ann);
    await ann?.exchange();
    await bob?.exchange();
    await bob?.exchange();
    const rows = await team.session.query(
      "SELECT host FROM waymark_rows.failure_patterns WHERE host = 'host-b' UNION ALL SELECT host FROM waymark_rows.failure_fixes WHERE host = 'host-b'",
    );
    expect(rows).toEqual([]);
  });

  it('is told of by the server, and asked for once however often it tells', async () => {
    let questions = 0;
    const counting: typeof kept = (session) => ({
      ...kept(session),
      query: (text, values) => {
        if (text.includes('pg_snapshot_xmin')) questions += 1;
        return session.query(text, values);
      },
    });
    const listener = machine('host-l', 'lee', { through: counting });
    await listener.pull.drain();
    expect(questions).toBe(1);
    listener.pull.poke();
    expect(questions).toBe(1);
    fails(ann);
    confirm(ann);
    await ann?.exchange();
    await listener.pull.drain();
    await listener.pull.drain();
    expect(questions).toBe(2);
    listener.refresh();
    expect(listener.warning(WRONG)).toBeDefined();
  });
});
