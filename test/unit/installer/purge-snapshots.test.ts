import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { install } from '../../../installer/install.ts';
import { uninstall } from '../../../installer/uninstall.ts';
import { prepareRestore } from '../../../lib/actions/restore-code/prepare-restore.ts';
import { openRestoreContext } from '../../../lib/actions/restore-code/restore-context.ts';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { readRootIdentity } from '../../../lib/snapshots/restore/apply-restore.ts';
import type { JournalPlan } from '../../../lib/snapshots/restore/journal.ts';
import { OpenFolders } from '../../../lib/snapshots/restore/open-folders.ts';
import { hasDraft, stageDrafts } from '../../../lib/snapshots/restore/stage-drafts.ts';
import { stateOf } from '../../support/code-scene.ts';
import { type SnapshotScene, snapshotScene } from '../../support/snapshot-scene.ts';
import { fakeMachine } from './fake-surroundings.ts';

const user = { scope: 'user' } as const;
const read = (file: string): string => readFileSync(file, 'utf8');

describe('an uninstallation with a purge', () => {
  it('deletes snapshots of files, and nothing of the files or their repository', async () => {
    const scene = snapshotScene();
    const around = aroundOf(scene);
    await install(user, around);
    for (const text of ['one', 'two']) {
      scene.write('a/b', text);
      scene.git('add', '.');
      scene.git('commit', '-qm', text);
      await scene.take({ session: 's1', prompt: text });
    }
    const { folder } = await scene.store();
    symlinkSync(scene.folder, join(folder, 'objects/link'));
    const before = stateOf(scene.folder);
    const { purged } = await uninstall('user', true, around);
    expect(purged).toEqual({ handlers: undefined, strange: [], refused: [] });
    expect(existsSync(scene.stateRoot)).toBe(false);
    expect(stateOf(scene.folder)).toBe(before);
  });

  it('first finishes a restore of files that was killed', async () => {
    const scene = snapshotScene();
    const around = aroundOf(scene);
    await install(user, around);
    scene.write('a', 'one');
    scene.write('b', 'one');
    const { snapshot } = await scene.take();
    for (const name of ['a', 'b']) scene.write(name, 'two');
    await killedRestore(scene, around, snapshot.id);
    expect(readdirSync(scene.folder).some((name) => name.startsWith('.waymark'))).toBe(true);
    await uninstall('user', true, around);
    expect(existsSync(scene.stateRoot)).toBe(false);
    expect(['a', 'b'].map((name) => read(join(scene.folder, name)))).toEqual(['one', 'one']);
    expect(readdirSync(scene.folder).toSorted()).toEqual(['.git', 'a', 'b']);
  });

  it('is refused while files are being restored', async () => {
    const scene = snapshotScene();
    const around = aroundOf(scene);
    await install(user, around);
    scene.write('a', 'one');
    await scene.take();
    const ground = await openRestoreContext(around, scene.folder);
    mkdirSync(join((await scene.store()).folder, 'restores'), { recursive: true });
    await expect(uninstall('user', true, around)).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
    });
    expect(existsSync(`${scene.stateRoot}/bin/stop`)).toBe(true);
    ground.release();
    await uninstall('user', true, around);
    expect(existsSync(scene.stateRoot)).toBe(false);
  });
});

/** A machine whose state folder has the snapshots of a scene. */
function aroundOf({ stateRoot }: SnapshotScene) {
  return fakeMachine({ folder: stateFolderAt(stateRoot, {}, []) }).around;
}

/** A restore that ends, as by a kill, when its drafts are on the disk. */
async function killedRestore(
  { folder, environment }: SnapshotScene,
  around: ReturnType<typeof aroundOf>,
  checkpoint: string,
): Promise<void> {
  const { journal, blobs, release, ...ground } = await openRestoreContext(
    { ...around, environment },
    folder,
  );
  const request = { cwd: folder, checkpoint, paths: [], removesNew: false };
  const ready = await prepareRestore({ ...ground, journal, blobs, release }, request);
  const { steps, makes, drops, folderModes } = ready.prepared;
  const plan: JournalPlan = {
    ...{ format: 1, at: 0, root: folder, rootIdentity: readRootIdentity(folder), undoes: null },
    ...{ target: ready.target, present: ready.present.id, mark: ready.mark },
    ...{ steps, makes, drops, folderModes },
  };
  const id = journal.begin(plan);
  const folders = new OpenFolders(folder);
  await stageDrafts(folders, plan, plan.steps.filter(hasDraft), blobs);
  folders.close();
  journal.enter(id, 'switching');
  release();
}
