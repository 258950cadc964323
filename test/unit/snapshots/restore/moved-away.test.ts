import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  applyRestorePlan,
  recoverRestores,
} from '../../../../lib/snapshots/restore/apply-restore.ts';
import { RestoreJournal } from '../../../../lib/snapshots/restore/journal.ts';
import { planCodeRestore } from '../../../../lib/snapshots/restore/plan.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import {
  type Contents,
  journalPlan,
  onDiskIn,
  plant,
  readerOf,
  shoot,
} from '../../../support/tree-scene.ts';

/** A restore of two files, and a work tree that can be moved away. */
function scene() {
  const root = `${tempFolder()}/repo`;
  const moved = `${root}-moved`;
  mkdirSync(root);
  const contents: Contents = new Map();
  plant(root, { a: { text: 'one', mode: 0o644 }, 'b/c': { text: 'one', mode: 0o644 } });
  const target = shoot(root, contents);
  plant(root, { a: { text: 'two', mode: 0o644 }, 'b/c': { text: 'two', mode: 0o644 } });
  const present = shoot(root, contents);
  const plan = planCodeRestore({
    ...{ target, present, isPartial: false, isSelected: () => true, onDisk: onDiskIn(root) },
  });
  const journal = new RestoreJournal(`${tempFolder()}/restores`);
  const texts = () => ['a', 'b/c'].map((path) => readFileSync(`${moved}/${path}`, 'utf8'));
  const drafts = () =>
    readdirSync(moved, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.includes('.waymark-'),
    );
  const blobs = readerOf(contents);
  return {
    root,
    moved,
    journal,
    blobs,
    plan: journalPlan({ root, plan, mark: 'r' }),
    texts,
    drafts,
  };
}

it('a work tree that is moved away before the renames is finished where it is now', async () => {
  const { root, moved, journal, blobs, plan, texts, drafts } = scene();
  const beforeSwitch = (): void => renameSync(root, moved);
  await expect(applyRestorePlan(plan, { journal, blobs, beforeSwitch })).rejects.toMatchObject({
    code: 'RESTORE_FAILED',
    message: expect.stringContaining('moved'),
  });
  expect(journal.last()).toBeUndefined();
  expect(texts()).toEqual(['two', 'two']);
  expect(await recoverRestores(journal, blobs, moved)).toMatchObject([{ outcome: 'finished' }]);
  expect(texts()).toEqual(['one', 'one']);
  expect(drafts()).toEqual([]);
});

it('a work tree that is moved away while drafts are written is undone where it is now', async () => {
  const { root, moved, journal, blobs, plan, texts, drafts } = scene();
  const failing = async function* (oids: readonly string[]) {
    yield* blobs(oids);
    renameSync(root, moved);
    throw new Error('no more');
  };
  await expect(applyRestorePlan(plan, { journal, blobs: failing })).rejects.toThrow('no more');
  expect(existsSync(root)).toBe(false);
  expect(drafts()).not.toEqual([]);
  expect(await recoverRestores(journal, blobs, moved)).toMatchObject([{ outcome: 'undone' }]);
  expect(drafts()).toEqual([]);
  expect(texts()).toEqual(['two', 'two']);
});
