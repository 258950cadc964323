import { mkdirSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type JournalPlan, RestoreJournal } from '../../../../lib/snapshots/restore/journal.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const PLAN: JournalPlan = {
  ...{ format: 1, at: 1_000, root: '/w', rootIdentity: 'folder 1', target: 'a', present: 'b' },
  ...{ undoes: null, mark: 'm', steps: [], makes: [], drops: [], folderModes: {} },
};

it('keeps the plans of twenty restores that ended, of all that did not, and of the last that is done', () => {
  const folder = `${tempFolder()}/restores`;
  const journal = new RestoreJournal(folder);
  const killed = journal.begin(PLAN);
  journal.enter(journal.begin(PLAN), 'done');
  const last = journal.begin(PLAN);
  journal.enter(last, 'done');
  for (let n = 0; n < 30; n += 1) journal.enter(journal.begin(PLAN), 'undone');
  mkdirSync(`${folder}/000034`); // of one that was killed before it had a plan
  const next = journal.begin(PLAN);
  const ended = Array.from({ length: 20 }, (_, n) => String(n + 14).padStart(6, '0'));
  expect(readdirSync(folder).toSorted()).toEqual([killed, last, ...ended, next]);
  expect(next).toBe('000035');
  expect(journal.last()?.id).toBe(last);
  expect(journal.unfinished().map(({ id }) => id)).toEqual([killed, next]);
});
