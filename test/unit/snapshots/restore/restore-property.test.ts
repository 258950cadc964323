import { mkdirSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { applyRestorePlan } from '../../../../lib/snapshots/restore/apply-restore.ts';
import { RestoreJournal } from '../../../../lib/snapshots/restore/journal.ts';
import { planCodeRestore } from '../../../../lib/snapshots/restore/plan.ts';
import { planUndo } from '../../../../lib/snapshots/restore/plan-undo.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import {
  comparable,
  type Contents,
  journalPlan,
  type Leaf,
  onDiskIn,
  plant,
  readerOf,
  shoot,
  type Tree,
} from '../../../support/tree-scene.ts';

const leaf: fc.Arbitrary<Leaf> = fc.oneof(
  fc.record({
    text: fc.constantFrom('', 'one\n', 'two\r\n', 'three'),
    mode: fc.constantFrom(0o644, 0o755, 0o600, 0o444),
  }),
  fc.record({ link: fc.constantFrom('a', '../b', '/nowhere', 'b/c') }),
);

/** Few names, so that one tree has a file where another has a folder. */
const path = fc
  .array(fc.constantFrom('a', 'b', 'ç d'), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));

const tree: fc.Arbitrary<Tree> = fc
  .uniqueArray(fc.tuple(path, leaf), { maxLength: 8, selector: ([name]) => name })
  .map(withoutClashes);

/** No file may have the name of another one's folder. */
function withoutClashes(rows: ReadonlyArray<readonly [string, Leaf]>): Tree {
  const kept = rows.filter(
    ([name], index) =>
      !rows
        .slice(0, index)
        .some(([other]) => other.startsWith(`${name}/`) || name.startsWith(`${other}/`)),
  );
  return Object.fromEntries(kept);
}

it('brings back exactly what was there, and undoes and redoes exactly', async () => {
  await fc.assert(
    fc.asyncProperty(tree, tree, async (earlier, later) => {
      const root = tempFolder();
      const contents: Contents = new Map();
      plant(root, earlier);
      const target = shoot(root, contents);
      plant(root, later);
      const present = shoot(root, contents);
      const journal = new RestoreJournal(`${tempFolder()}/restores`);
      const work = { journal, blobs: readerOf(contents) };
      const onDisk = onDiskIn(root);

      const plan = planCodeRestore({
        ...{ target, present, onDisk, isPartial: false, isSelected: () => true },
        removal: { cameSince: new Set(present.keys()), isIgnored: () => false },
      });
      expect(plan.kept).toEqual([]);
      const done = await applyRestorePlan(journalPlan({ root, plan, mark: 'r' }), work);
      expect(done.skipped).toEqual([]);
      const restored = shoot(root, contents);
      expectSame(restored, { wanted: target, untouched: present });

      const first = last(journal);
      const undo = planUndo(first, restored, onDisk);
      const { folderModes, makes } = first.plan;
      const undoing = { root, plan: undo, mark: 'u', folderModes, drops: makes.toReversed() };
      expect((await applyRestorePlan(journalPlan(undoing, first.id), work)).skipped).toEqual([]);
      const undone = shoot(root, contents);
      expect(comparable(undone)).toEqual(comparable(present));

      const second = last(journal);
      const redo = planUndo(second, undone, onDisk);
      const redoing = {
        ...{ root, plan: redo, mark: 'x', folderModes: second.plan.folderModes },
        drops: second.plan.makes.toReversed(),
      };
      expect((await applyRestorePlan(journalPlan(redoing, second.id), work)).skipped).toEqual([]);
      expect(comparable(shoot(root, contents))).toEqual(comparable(restored));
      expect(readdirSync(root).filter((name) => name.startsWith('.waymark'))).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

it('touches nothing that came since unless it is told to', async () => {
  await fc.assert(
    fc.asyncProperty(tree, tree, async (earlier, later) => {
      const root = tempFolder();
      const contents: Contents = new Map();
      plant(root, earlier);
      const target = shoot(root, contents);
      plant(root, later);
      const present = shoot(root, contents);
      const onDisk = onDiskIn(root);
      const plan = planCodeRestore({
        ...{ target, present, onDisk, isPartial: false, isSelected: () => true },
      });
      const journal = new RestoreJournal(`${tempFolder()}/restores`);
      await applyRestorePlan(journalPlan({ root, plan, mark: 'r' }), {
        journal,
        blobs: readerOf(contents),
      });
      const now = shoot(root, contents);
      for (const [name, state] of present)
        if (!target.has(name)) expect(now.get(name)).toEqual(state);
      const blocked = new Set(plan.kept.map((one) => one.path));
      for (const [name, state] of target)
        if (!blocked.has(name)) expect(now.get(name)).toMatchObject({ oid: state.oid });
    }),
    { numRuns: 100 },
  );
});

function last(journal: RestoreJournal) {
  const entry = journal.last();
  if (entry === undefined) throw new Error('no restore is done');
  return entry;
}

type States = ReturnType<typeof shoot>;

/** A file that was not written keeps the time that it had. */
function expectSame(
  found: States,
  { wanted, untouched }: { readonly wanted: States; readonly untouched: States },
): void {
  const expected = new Map(
    [...wanted].map(([name, state]) => {
      const kept = untouched.get(name);
      const isSame =
        kept?.kind === state.kind &&
        kept.oid === state.oid &&
        (kept.kind !== 'file' || state.kind !== 'file' || kept.mode === state.mode);
      return [name, isSame ? kept : state];
    }),
  );
  expect(comparable(found)).toEqual(comparable(expected));
}

it('makes no folder that nothing is written to', () => {
  const root = tempFolder();
  mkdirSync(`${root}/empty`);
  expect(journalPlan({ root, plan: { steps: [], kept: [] }, mark: 'r' }).makes).toEqual([]);
});
