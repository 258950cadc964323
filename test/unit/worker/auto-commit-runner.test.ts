import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { autoCommitEffects } from '../../../lib/auto-commit/effect.ts';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import type { EventEnvelope } from '../../../lib/events/envelope.ts';
import { eventApplier } from '../../../lib/store/apply-events.ts';
import { AutoCommitRunner } from '../../../lib/worker/auto-commit-runner.ts';
import { LiveConfig } from '../../../lib/worker/live-config.ts';
import { BRANCH, commitScene } from '../../support/commit-scene.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { testEvent } from '../../support/test-event.ts';
import { testStore } from '../../support/test-store.ts';

const NOW = Date.parse('2026-11-22T04:49:00Z');
const SESSION = 'session-1';

function setUp(isOn = true, environment: Readonly<Record<string, string>> = {}) {
  const scene = commitScene();
  const database = testStore();
  const { log, codes } = memoryLog();
  const folder = stateFolderAt(scene.stateRoot);
  const file = folder.configFile;
  if (isOn) writeFileSync(file, JSON.stringify({ autoCommit: [scene.folder] }));
  const apply = (events: readonly EventEnvelope[]): void =>
    void eventApplier(database, [autoCommitEffects], () => NOW)(events);
  const start = (): AutoCommitRunner =>
    new AutoCommitRunner({
      ...{ folder, log, environment: scene.environment, storeAs: apply, clock: () => NOW },
      temporary: scene.temporary,
      config: new LiveConfig({ file, environment, flags: {}, log }),
    });
  const happens = (id: string, type: string, payload: object, second = 0): void =>
    apply([
      testEvent({
        ...{ event_id: id, event_type: type },
        timestamp: new Date(NOW - 60_000 + second * 1_000).toISOString(),
        payload: { session_id: SESSION, worktree: scene.folder, ...payload },
      }),
    ]);
  const outcomes = () =>
    database
      .prepare(
        "SELECT id, type, envelope FROM events WHERE type LIKE 'session.auto_%' ORDER BY seq",
      )
      .all();
  const end = async (runner = start()): Promise<void> => {
    runner.request(database, SESSION);
    await runner.whenIdle();
  };
  return { scene, database, codes, start, happens, outcomes, end };
}

it('commits the last turn that ended, with its prompt, though the session has ended since', async () => {
  const { scene, happens, outcomes, end } = setUp();
  scene.write('a', 'two\n');
  happens('evt-1', 'session.prompt_submitted', { prompt: 'Fix it' });
  happens('evt-2', 'session.prompt_submitted', { prompt: '<agent>', synthetic: true }, 1);
  happens('evt-3', 'checkpoint.created', { kind: 'stop', note: 'Done.' }, 2);
  happens('evt-4', 'session.prompt_submitted', { prompt: 'And that' }, 3);
  happens('evt-5', 'checkpoint.created', { kind: 'session-end' }, 4);
  await end();
  expect(scene.ask('log', '-1', '--format=%s', BRANCH)).toBe('Fix it');
  expect(outcomes()).toMatchObject([{ id: 'auto-commit:evt-3', type: 'session.auto_committed' }]);
  scene.write('a', 'three\n');
  await end();
  expect(outcomes()).toHaveLength(1);
});

it('asks for a commit at the end of a turn alone', () => {
  const { database, happens } = setUp();
  const asked = () =>
    database.prepare("SELECT key FROM refreshes WHERE kind = 'auto-commit'").all();
  happens('evt-1', 'checkpoint.created', { kind: 'auto' });
  expect(asked()).toEqual([]);
  happens('evt-2', 'checkpoint.created', { kind: 'stop' });
  expect(asked()).toEqual([{ key: SESSION }]);
});

it("commits nothing without the user's consent, whatever the environment says", async () => {
  const { scene, happens, outcomes, end } = setUp(false, { WAYMARK_AUTO_COMMIT: '/' });
  scene.write('a', 'two\n');
  scene.write('.claude/waymark.json', JSON.stringify({ autoCommit: [scene.folder] }));
  happens('evt-1', 'checkpoint.created', { kind: 'stop' });
  await end();
  expect([outcomes(), scene.ask('branch', '--list', 'waymark/*')]).toEqual([[], '']);
});

it('commits nothing for an old turn, outside of git, and after it was closed', async () => {
  const { scene, happens, outcomes, end, start } = setUp();
  scene.write('a', 'two\n');
  happens('evt-1', 'checkpoint.created', { kind: 'stop' }, -3_600);
  await end();
  happens('evt-2', 'checkpoint.created', { kind: 'stop', worktree: null }, 1);
  await end();
  happens('evt-3', 'checkpoint.created', { kind: 'stop', worktree: scene.temporary }, 2);
  await end();
  happens('evt-4', 'checkpoint.created', { kind: 'stop' }, 3);
  const closed = start();
  closed.close();
  await end(closed);
  expect(outcomes()).toEqual([]);
});

it('says why a turn is refused, once and without secrets', async () => {
  const { scene, happens, outcomes, end, codes } = setUp();
  const token = `ghp_${'a1B2'.repeat(9)}`;
  scene.hook('pre-commit', `echo 'no ${token}' >&2; exit 1`);
  scene.write('a', 'two\n');
  happens('evt-1', 'checkpoint.created', { kind: 'stop' });
  await end();
  await end();
  expect(outcomes()).toHaveLength(1);
  const [{ envelope = '' } = {}] = outcomes();
  expect(envelope).toContain('pre-commit: no [redacted');
  expect(envelope).not.toContain(token);
  expect(codes()).toEqual(['AUTO_COMMIT_REFUSED']);
});

it('commits once, and reports it if the event of a commit was lost', async () => {
  const { scene, database, happens, outcomes, end } = setUp();
  scene.write('a', 'two\n');
  happens('evt-1', 'checkpoint.created', { kind: 'stop' });
  await end();
  database.exec("DELETE FROM events WHERE id = 'auto-commit:evt-1'");
  scene.write('a', 'three\n');
  await end();
  expect(scene.ask('rev-list', '--count', `main..${BRANCH}`)).toBe('1');
  expect(outcomes()).toMatchObject([{ id: 'auto-commit:evt-1' }]);
});

it('reports at its start commits that a killed worker made, even if another turn followed', async () => {
  const { scene, database, happens, outcomes, end, start } = setUp();
  scene.write('a', 'two\n');
  happens('evt-1', 'checkpoint.created', { kind: 'stop' });
  await end();
  scene.write('a', 'three\n');
  happens('evt-2', 'checkpoint.created', { kind: 'stop' }, 1);
  await end();
  const made = outcomes();
  database.exec("DELETE FROM events WHERE id LIKE 'auto-commit:%'");
  scene.write('a', 'four\n');
  happens('evt-3', 'checkpoint.created', { kind: 'stop' }, 2); // of which there is no commit
  const later = start();
  later.recover(database);
  await later.whenIdle();
  const commits = (rows: ReturnType<typeof outcomes>): readonly unknown[] =>
    rows.map(({ id, envelope }) => [id, JSON.parse(String(envelope)).payload.commit]).toSorted();
  expect(commits(outcomes())).toEqual(commits(made));
  expect(scene.ask('rev-list', '--count', `main..${BRANCH}`)).toBe('2');
});

it('deletes the drafts of a commit that was killed long ago, and no others', async () => {
  const { scene, database, start } = setUp();
  const at = (name: string): string => `${scene.temporary}/${name}`;
  const [old, fresh, theirs] = [at('waymark-commit-a'), at('waymark-commit-b'), at('another')];
  for (const folder of [old, fresh, theirs]) {
    mkdirSync(`${folder}/objects`, { recursive: true });
    writeFileSync(`${folder}/objects/x`, 'a secret', { mode: 0o444 });
  }
  for (const folder of [old, theirs]) utimesSync(folder, NOW / 1000 - 7_200, NOW / 1000 - 7_200);
  utimesSync(fresh, NOW / 1000, NOW / 1000);
  start().recover(database);
  expect([old, fresh, theirs].map((folder) => existsSync(folder))).toEqual([false, true, true]);
});
