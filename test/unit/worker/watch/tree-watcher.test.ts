import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TreeWatcher } from '../../../../lib/worker/watch/tree-watcher.ts';
import { eventually } from '../../../support/eventually.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

/** Makes a file that was there before look old: files made less than two seconds ago are new. */
const OLD_MS = 2_100;

/**
 * A tree `src/deep` with two files, one folder that is ignored, and one that a link leads to;
 * watched.
 */
async function scene(most = 100) {
  const root = tempFolder();
  const outside = tempFolder();
  for (const folder of ['src/deep', 'src/state/queue', 'node_modules/x', '.git'])
    mkdirSync(`${root}/${folder}`, { recursive: true });
  writeFileSync(`${root}/src/a.ts`, 'a');
  writeFileSync(`${root}/src/deep/b.ts`, 'b');
  symlinkSync(outside, `${root}/src/link`);
  const clock = { ahead: 0 };
  const counts: Record<string, number> = {};
  let folders = 0;
  const watcher = new TreeWatcher({
    root,
    ignored: new Set(['.git', 'node_modules']),
    excluded: `${root}/src/state`,
    clock: () => Date.now() + clock.ahead,
    reserve: () => {
      if (folders === most) return false;
      folders += 1;
      return true;
    },
    release: (some) => {
      folders -= some;
    },
    onChange: (kind) => {
      counts[kind] = (counts[kind] ?? 0) + 1;
    },
    onTrouble: () => undefined,
  });
  onTestFinished(() => watcher.close());
  watcher.start();
  await eventually('the tree is read', () => watcher.isReady);
  return { root, outside, watcher, counts, clock, taken: () => folders };
}

describe('TreeWatcher', () => {
  it('reports created, modified, deleted and moved files, and skips ignored and linked folders and the state folder', async () => {
    const { root, outside, watcher, counts, clock } = await scene();
    expect(watcher.folders).toBe(3);
    clock.ahead = OLD_MS;
    appendFileSync(`${root}/src/a.ts`, 'more');
    writeFileSync(`${root}/src/.a.ts.tmp`, 'all of it');
    renameSync(`${root}/src/.a.ts.tmp`, `${root}/src/a.ts`);
    renameSync(`${root}/src/deep/b.ts`, `${root}/src/c.ts`);
    writeFileSync(`${root}/node_modules/x/y.js`, '');
    writeFileSync(`${root}/.git/HEAD`, '');
    writeFileSync(`${outside}/z`, '');
    writeFileSync(`${root}/src/state/queue/entry`, '');
    await eventually('it is counted', () => counts['moved'] === 1 && counts['modified'] === 1);
    clock.ahead = 0;
    writeFileSync(`${root}/src/new.ts`, 'n');
    await eventually('it is counted', () => counts['created'] === 1);
    unlinkSync(`${root}/src/new.ts`);
    await eventually('it is counted', () => counts['deleted'] === 1);
    expect(counts).toEqual({ created: 1, modified: 1, moved: 1, deleted: 1 });
  });

  it('watches new folders with their content, and drops removed ones', async () => {
    const { root, watcher, counts, taken } = await scene();
    mkdirSync(`${root}/fresh/a/b`, { recursive: true });
    for (let n = 0; n < 20; n += 1) writeFileSync(`${root}/fresh/a/b/${n}.ts`, '');
    await eventually('it is counted', () => counts['created'] === 20);
    expect(watcher.folders).toBe(6);
    writeFileSync(`${root}/fresh/a/b/late.ts`, '');
    await eventually('it is counted', () => counts['created'] === 21);
    rmSync(`${root}/fresh`, { recursive: true });
    await eventually('it is counted', () => watcher.folders === 3);
    expect(taken()).toBe(3);
    expect(counts).toEqual({ created: 21, deleted: 21 });
  });

  it('counts a folder that is moved in as one move', async () => {
    const { root, outside, counts, clock } = await scene();
    mkdirSync(`${outside}/old`);
    writeFileSync(`${outside}/old/1`, '');
    clock.ahead = OLD_MS;
    renameSync(`${outside}/old`, `${root}/old`);
    await eventually('it is counted', () => counts['moved'] === 1);
    clock.ahead = 0;
    writeFileSync(`${root}/old/2`, '');
    await eventually('it is counted', () => counts['created'] === 1);
    expect(counts).toEqual({ moved: 1, created: 1 });
  });

  it('stops at its limit, reports that, and still counts in the folders that it has', async () => {
    const { root, watcher, counts } = await scene(2);
    expect([watcher.folders, watcher.isTruncated]).toEqual([2, true]);
    writeFileSync(`${root}/x`, '');
    await eventually('it is counted', () => counts['created'] === 1);
  });

  it('releases everything when it is closed', async () => {
    const { root, watcher, counts, taken } = await scene();
    writeFileSync(`${root}/x`, '');
    watcher.close();
    await sleep(300);
    expect([taken(), watcher.folders, counts]).toEqual([0, 0, {}]);
  });
});
