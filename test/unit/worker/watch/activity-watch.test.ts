import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ActivityWatch } from '../../../../lib/worker/watch/activity-watch.ts';
import { eventually } from '../../../support/eventually.ts';
import { memoryLog } from '../../../support/memory-log.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

function scene({
  debounceMs = 20,
  threshold = 5,
  windowMs = 60_000,
  maxFolders = 100,
  excluded = '/nowhere',
} = {}) {
  const { log, codes } = memoryLog();
  let due = 0;
  const watch = new ActivityWatch({
    clock: Date.now,
    excluded,
    log,
    maxFolders,
    settings: () => ({ ignored: ['node_modules'], debounceMs, threshold, windowMs }),
    onDue: () => {
      due += 1;
    },
  });
  onTestFinished(() => watch.close());
  return { watch, codes, due: () => due };
}

const count = (watch: ActivityWatch): number =>
  watch.takeCounts().reduce((sum, one) => sum + one.count, 0);

describe('ActivityWatch', () => {
  it('reports counts per folder and minute when everything is quiet', async () => {
    const { watch, due } = scene();
    const [one, other] = [tempFolder(), tempFolder()];
    watch.watch(new Set([one, other]));
    for (let n = 0; n < 3; n += 1) writeFileSync(`${one}/${n}`, '');
    writeFileSync(`${other}/x`, '');
    await eventually('it is due', () => due() > 0);
    const counts = watch.takeCounts();
    expect(
      counts
        .map(({ project, kind, count: n, minute }) => [project, kind, n, minute % 60_000])
        .sort(),
    ).toEqual(
      [
        [one, 'created', 3, 0],
        [other, 'created', 1, 0],
      ].sort(),
    );
    expect(watch.takeCounts()).toEqual([]);
    expect(watch.takeBursts()).toEqual(new Set());
  });

  it('counts nothing in the state folder, even inside the project', async () => {
    const project = tempFolder();
    const excluded = `${project}/state`;
    mkdirSync(`${excluded}/queue`, { recursive: true });
    const { watch, due } = scene({ excluded });
    watch.watch(new Set([project]));
    for (const path of [`${excluded}/a`, `${excluded}/queue/b`, `${project}/c`])
      writeFileSync(path, '');
    await eventually('it is due', () => due() > 0);
    expect(count(watch)).toBe(1);
  });

  it('reports a burst at once, however long the quiet time is', async () => {
    const { watch, due } = scene({ debounceMs: 3_600_000 });
    const root = tempFolder();
    watch.watch(new Set([root]));
    for (let n = 0; n < 5; n += 1) writeFileSync(`${root}/${n}`, '');
    await eventually('it is due', () => due() > 0);
    expect([due(), watch.takeBursts(), watch.takeBursts()]).toEqual([
      1,
      new Set([root]),
      new Set(),
    ]);
    expect(count(watch)).toBe(5);
  });

  it('shares one limit among all trees, and reports once that it was reached', () => {
    const { watch, codes } = scene({ maxFolders: 3 });
    const root = tempFolder();
    for (let n = 0; n < 5; n += 1) mkdirSync(`${root}/${n}`);
    watch.watch(new Set([root]));
    expect(watch.watched()).toEqual([{ project: root, folders: 3, isCut: true, trouble: null }]);
    expect(codes()).toEqual(['WATCH_CUT']);
  });

  it('watches nothing if no folder is named, or the folder is missing', () => {
    const { watch } = scene();
    watch.watch(new Set([tempFolder(), '/nowhere/at/all']));
    expect(watch.watched()).toHaveLength(1);
    watch.watch(new Set());
    expect(watch.watched()).toEqual([]);
  });
});
