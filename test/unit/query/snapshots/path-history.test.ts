import { mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { stateFolderAt } from '../../../../lib/core/state-folder.ts';
import { readPathHistory } from '../../../../lib/query/snapshots/path-history.ts';
import { snapshotScene } from '../../../support/snapshot-scene.ts';

// Git's lists of names have one on each line; a name may have a line break itself.
it.each(['a\nb', 'folder\n/c', 'plain/\nd/e\nf'])(
  'tells what happened to a path whose name has a line break: %j',
  async (path) => {
    const scene = snapshotScene();
    scene.write('other', 'other');
    const without = await scene.take();
    scene.write(path, 'one\n');
    const added = await scene.take();
    scene.write('other', 'changed');
    await scene.take();
    scene.write(path, 'three\n');
    const changed = await scene.take();
    const { folder: cwd, environment, stateRoot } = scene;
    mkdirSync(`${stateRoot}/queue`, { recursive: true });
    const place = { folder: stateFolderAt(stateRoot), environment, cwd, clock: Date.now };
    const changes = await readPathHistory(place, path, 20);
    expect(changes).toMatchObject([
      { what: 'changed', after: changed.snapshot.id },
      { what: 'added', before: without.snapshot.id, after: added.snapshot.id },
    ]);
    expect(changes[0]?.patch).toContain('-one\n+three\n');
    await expect(readPathHistory(place, `${path}/\nmore`, 20)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  },
);
