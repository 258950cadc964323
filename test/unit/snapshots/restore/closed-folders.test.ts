import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { JournalPlan } from '../../../../lib/snapshots/restore/journal.ts';
import { OpenFolders } from '../../../../lib/snapshots/restore/open-folders.ts';
import { planCodeRestore } from '../../../../lib/snapshots/restore/plan.ts';
import { pathsBelow, prepareSteps } from '../../../../lib/snapshots/restore/prepare.ts';
import {
  hasDraft,
  removeDrafts,
  stageDrafts,
} from '../../../../lib/snapshots/restore/stage-drafts.ts';
import { switchDrafts } from '../../../../lib/snapshots/restore/switch-drafts.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { type Contents, journalPlan, plant, readerOf, shoot } from '../../../support/tree-scene.ts';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

/** Works as somebody whom permissions bind. */
async function asOrdinaryUser<T>(work: () => Promise<T> | T): Promise<T> {
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

/** The plan to write `d/a` into an empty work tree, and a folder `d` with these permissions. */
function scene(mode: number) {
  const root = tempFolder();
  const contents: Contents = new Map();
  plant(root, { 'd/a': { text: 'one', mode: 0o644 } });
  const target = shoot(root, contents);
  plant(root, { 'd/other': { text: 'x', mode: 0o644 } });
  chmodSync(root, 0o755);
  chmodSync(`${root}/d`, mode);
  const ask = () =>
    planCodeRestore({
      ...{ target, present: new Map(), isPartial: false, isSelected: () => true },
      onDisk: (path) => pathsBelow(root, path),
    });
  return { root, ask, blobs: readerOf(contents), open: () => chmodSync(`${root}/d`, 0o755) };
}

it('names a path below a folder that is closed to the user, and changes nothing', async () => {
  const { root, ask, open } = scene(0);
  const prepared = await asOrdinaryUser(() => prepareSteps({ root, plan: ask(), mark: 'r' }));
  open();
  expect(prepared.obstacles).toEqual([
    { path: 'd/a', reason: 'permission denied to a folder above it' },
  ]);
});

it('names the path that it cannot write, not that of a descriptor', async () => {
  const { root, ask, blobs, open } = scene(0o555);
  const plan: JournalPlan = journalPlan({ root, plan: ask(), mark: 'r' });
  const folders = new OpenFolders(root);
  const steps = plan.steps.filter(hasDraft);
  const staged = asOrdinaryUser(() => stageDrafts(folders, plan, steps, blobs));
  await expect(staged).rejects.toThrow(/^d\/a: EACCES: permission denied$/);
  folders.close();
  open();
});

it('gives up what it staged where the folder was closed meanwhile', async () => {
  const { root, ask, blobs, open } = scene(0o755);
  const plan: JournalPlan = journalPlan({ root, plan: ask(), mark: 'r' });
  const folders = new OpenFolders(root);
  await stageDrafts(folders, plan, plan.steps.filter(hasDraft), blobs);
  chmodSync(`${root}/d`, 0o555);
  await asOrdinaryUser(() => removeDrafts(folders, plan));
  folders.close();
  open();
  expect(existsSync(`${root}/d/a`)).toBe(false);
});

it('says why it could not place a draft, without the path of a descriptor', async () => {
  const { root, ask, blobs, open } = scene(0o755);
  const plan: JournalPlan = journalPlan({ root, plan: ask(), mark: 'r' });
  const folders = new OpenFolders(root);
  await stageDrafts(folders, plan, plan.steps.filter(hasDraft), blobs);
  folders.close();
  chmodSync(`${root}/d`, 0o555);
  const skipped = await asOrdinaryUser(() => switchDrafts(plan));
  open();
  expect(skipped).toEqual([
    { path: 'd/a', reason: 'EACCES: permission denied; its content is in d/.waymark-r-0' },
  ]);
  expect(readFileSync(`${root}/d/.waymark-r-0`, 'utf8')).toBe('one');
});
