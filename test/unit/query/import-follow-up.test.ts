import { appendFileSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { listFootprint } from '../../../lib/claude/transcript/footprint.ts';
import { runAllSlices } from '../../../lib/core/sliced.ts';
import { archiveSession } from '../../../lib/journal/transcripts/archive-session.ts';
import { FollowUpWatch } from '../../../lib/query/import-follow-up.ts';
import { buildIndex } from '../../../lib/search/build.ts';
import { openIndex } from '../../../lib/search/table-file.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { SCENE_START, searchScene } from '../../support/search-scene.ts';
import { testHome } from '../../support/test-home.ts';

function scene() {
  const made = searchScene();
  const { folder, pathOf } = made;
  const sizeOf = (session: string): number => statSync(pathOf(session)).size;
  const archive = (session: string): void => {
    const files = listFootprint(pathOf(session), session) ?? expect.unreachable();
    const parts = { archive: folder.archive, clock: () => SCENE_START, isClosed: true };
    runAllSlices(archiveSession(files, parts));
  };
  return { ...made, sizeOf, archive, watch: (isOn = true) => new FollowUpWatch(folder, isOn) };
}

it('counts what archive and index have, by sessions and bytes, until both have everything', async () => {
  const { say, sizeOf, archive, build, watch } = scene();
  say('s1', [{ second: 1, prompt: 'Fix the total' }]);
  say('s2', [{ second: 2, prompt: 'And the refund', answer: 'Fixed.' }]);
  const follow = watch();
  const bytes = sizeOf('s1') + sizeOf('s2');
  const none = { sessions: 2, sessionsDone: 0, bytes, bytesDone: 0 };
  expect(await follow.look()).toEqual({ archive: none, index: none, isDone: false });
  archive('s1');
  await build();
  const all = { ...none, sessionsDone: 2, bytesDone: bytes };
  expect(await follow.look()).toEqual({
    archive: { ...none, sessionsDone: 1, bytesDone: sizeOf('s1') },
    index: all,
    isDone: false,
  });
  archive('s2');
  expect(await follow.look()).toEqual({ archive: all, index: all, isDone: true });
});

it('counts neither sessions that begin nor lines that come after the first look', async () => {
  const { say, archive, build, watch, pathOf } = scene();
  say('s1', [{ second: 1, prompt: 'Fix the total' }]);
  await build();
  archive('s1');
  const follow = watch();
  expect(await follow.look()).toMatchObject({ isDone: true });
  appendFileSync(pathOf('s1'), '{"type":"summary"}\n');
  say('s2', [{ second: 2, prompt: 'And the refund' }]);
  expect(await follow.look()).toMatchObject({ index: { sessions: 1 }, isDone: true });
});

it('tells how far the index is within a large transcript', async () => {
  const { say, sizeOf, store, folder, watch } = scene();
  const result = 'x '.repeat(5_000);
  const calls = Array.from({ length: 60 }, (_, second) => ({ second, call: `c${second}`, result }));
  say('s1', calls);
  let steps = 0;
  const index = openIndex(folder.search, sqliteDriver());
  const canContinue = (): boolean => {
    steps += 1;
    return steps <= 2;
  };
  await buildIndex({ store, index, archive: folder.archive, canContinue });
  index.close();
  const { index: progress, isDone } = await watch(false).look();
  expect([progress.sessionsDone, isDone]).toEqual([0, false]);
  expect(progress.bytesDone).toBeGreaterThan(100_000);
  expect(progress.bytesDone).toBeLessThan(sizeOf('s1'));
});

it('waits for no archive where that is switched off, and for nothing without a store', async () => {
  const { say, build, watch } = scene();
  say('s1', [{ second: 1, prompt: 'Fix the total' }]);
  await build();
  expect(await watch(false).look()).toMatchObject({ archive: null, isDone: true });
  const { folder } = testHome();
  expect(await new FollowUpWatch(folder, true).look()).toMatchObject({ isDone: true });
});

it('counts no transcript that the client has deleted', async () => {
  const { say, store, build, watch } = scene();
  say('s1', [{ second: 1, prompt: 'Fix the total' }]);
  store.exec("UPDATE sessions SET transcript_path = '/nowhere/s1.jsonl'");
  await build();
  expect(await watch().look()).toMatchObject({
    archive: { sessions: 0, bytes: 0 },
    index: { sessions: 1, bytes: 0 },
    isDone: true,
  });
});
