import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  applyRestorePlan,
  recoverRestores,
} from '../../../../lib/snapshots/restore/apply-restore.ts';
import {
  type JournalPlan,
  parsePhase,
  RestoreJournal,
} from '../../../../lib/snapshots/restore/journal.ts';
import { OpenFolders } from '../../../../lib/snapshots/restore/open-folders.ts';
import { planCodeRestore, type RemovalProof } from '../../../../lib/snapshots/restore/plan.ts';
import { prepareSteps } from '../../../../lib/snapshots/restore/prepare.ts';
import { hasDraft, stageDrafts } from '../../../../lib/snapshots/restore/stage-drafts.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import {
  comparable,
  type Contents,
  journalPlan,
  onDiskIn,
  plant,
  put,
  readerOf,
  shoot,
  type Tree,
} from '../../../support/tree-scene.ts';

const plain = (text: string) => ({ text, mode: 0o644 });

/** A work tree that was `earlier` and is `later`, and the plan to bring it back. */
function scene(earlier: Tree, later: Tree, removesNew = true) {
  const root = tempFolder();
  const contents: Contents = new Map();
  plant(root, earlier);
  const target = shoot(root, contents);
  plant(root, later);
  const present = shoot(root, contents);
  const removal: RemovalProof = { cameSince: new Set(present.keys()), isIgnored: () => false };
  const plan = planCodeRestore({
    ...{ target, present, isPartial: false, isSelected: () => true, onDisk: onDiskIn(root) },
    ...(removesNew ? { removal } : {}),
  });
  const journal = new RestoreJournal(`${tempFolder()}/restores`);
  const request = { root, plan, mark: 'r' };
  return {
    ...{ root, contents, plan, journal, blobs: readerOf(contents), request },
    before: comparable(present),
    now: () => comparable(shoot(root, contents)),
    text: (path: string) => readFileSync(`${root}/${path}`, 'utf8'),
  };
}

const EARLIER: Tree = { 'a.txt': plain('one'), 'b/c.txt': plain('two'), 'd.txt': plain('four') };
const LATER: Tree = { 'a.txt': plain('broken'), 'd.txt': plain('four'), 'new.txt': plain('new') };

describe('a restore that cannot be staged', () => {
  it('changes nothing when an object is missing', async () => {
    const { root, contents, journal, blobs, request, before, now } = scene(EARLIER, LATER);
    const plan = journalPlan(request);
    contents.clear();
    await expect(applyRestorePlan(plan, { journal, blobs })).rejects.toThrow('no object');
    expect(now()).toEqual(before);
    expect(existsSync(`${root}/b`)).toBe(false);
    expect(journal.entries().map(({ phase }) => phase)).toEqual(['undone']);
    expect(journal.unfinished()).toEqual([]);
  });

  it('changes nothing when it is called off behind the last draft', async () => {
    const { journal, blobs, request, before, now } = scene(EARLIER, LATER);
    const beforeSwitch = (): never => {
      throw new Error('called off');
    };
    const call = applyRestorePlan(journalPlan(request), { journal, blobs, beforeSwitch });
    await expect(call).rejects.toThrow('called off');
    expect(now()).toEqual(before);
  });
});

describe('what somebody changes meanwhile', () => {
  it('stays, and then nothing is removed', async () => {
    const { root, journal, blobs, request, text } = scene(EARLIER, LATER);
    const beforeSwitch = (): void => writeFileSync(`${root}/a.txt`, 'mine');
    const { skipped } = await applyRestorePlan(journalPlan(request), {
      journal,
      blobs,
      beforeSwitch,
    });
    expect(skipped.map(({ path }) => path)).toEqual(['a.txt', 'new.txt']);
    expect(text('a.txt')).toBe('mine');
    expect(text('b/c.txt')).toBe('two');
    expect(text('new.txt')).toBe('new');
    expect(readdirSync(root).toSorted()).toEqual(['a.txt', 'b', 'd.txt', 'new.txt']);
  });

  it('is never written over where nothing was', async () => {
    const { root, journal, blobs, request, text } = scene(EARLIER, LATER);
    const beforeSwitch = (): void => writeFileSync(`${root}/b/c.txt`, 'mine');
    const { skipped } = await applyRestorePlan(journalPlan(request), {
      journal,
      blobs,
      beforeSwitch,
    });
    expect(skipped.map(({ path }) => path)).toContain('b/c.txt');
    expect(text('b/c.txt')).toBe('mine');
  });

  it('is not removed', async () => {
    const { root, journal, blobs, request, text } = scene(EARLIER, LATER);
    const beforeSwitch = (): void => writeFileSync(`${root}/new.txt`, 'mine');
    const { skipped } = await applyRestorePlan(journalPlan(request), {
      journal,
      blobs,
      beforeSwitch,
    });
    expect(skipped.map(({ path }) => path)).toEqual(['new.txt']);
    expect(text('new.txt')).toBe('mine');
    expect(text('a.txt')).toBe('one');
  });
});

describe('links', () => {
  it('are not followed out of the tree: a folder that is one now is an obstacle', () => {
    const { root, request } = scene(EARLIER, { ...LATER, 'b/c.txt': plain('x') });
    const outside = tempFolder();
    writeFileSync(`${outside}/c.txt`, 'not ours');
    rmSync(`${root}/b`, { recursive: true });
    symlinkSync(outside, `${root}/b`);
    expect(prepareSteps(request).obstacles).toEqual([
      { path: 'b/c.txt', reason: 'a folder above it is a link, or not a folder' },
    ]);
  });

  it('are not followed when one takes the place of a folder in the middle', async () => {
    const { root, journal, blobs, request } = scene(EARLIER, { ...LATER, 'b/c.txt': plain('x') });
    const outside = tempFolder();
    writeFileSync(`${outside}/c.txt`, 'not ours');
    const beforeSwitch = (): void => {
      renameSync(`${root}/b`, `${root}/moved`);
      symlinkSync(outside, `${root}/b`);
    };
    const { skipped } = await applyRestorePlan(journalPlan(request), {
      journal,
      blobs,
      beforeSwitch,
    });
    expect(skipped).toContainEqual({
      path: 'b/c.txt',
      reason: 'a folder above it is a link, or not a folder',
    });
    expect(readFileSync(`${outside}/c.txt`, 'utf8')).toBe('not ours');
    expect(readdirSync(outside)).toEqual(['c.txt']);
  });

  it('of the snapshot come back as links, whatever they point to', async () => {
    const { root, journal, blobs, request } = scene({ l: { link: '/etc/passwd' } }, {});
    await applyRestorePlan(journalPlan(request), { journal, blobs });
    expect(comparable(shoot(root, new Map()))).toMatchObject({ l: { kind: 'link' } });
  });
});

describe('a kill', () => {
  it('while staging is undone by the next command', async () => {
    const { root, journal, blobs, request, before, now } = scene(EARLIER, LATER);
    const plan = journalPlan(request);
    journal.begin(plan);
    const folders = new OpenFolders(root);
    await stageDrafts(folders, plan, plan.steps.filter(hasDraft).slice(0, 1), blobs);
    folders.close();
    const [recovered] = await recoverRestores(journal, blobs, root);
    expect(recovered).toMatchObject({ outcome: 'undone', skipped: [] });
    expect(now()).toEqual(before);
    expect(existsSync(`${root}/b`)).toBe(false);
    expect(await recoverRestores(journal, blobs, root)).toEqual([]);
  });

  it.each([
    ['before the first rename', () => undefined],
    ['between giving a new file its name and deleting the draft', linkNewFile],
    ['behind the first rename', renameFirst],
  ])('%s is finished by the next command', async (_, progress) => {
    const place = scene(EARLIER, LATER);
    const { root, journal, blobs, contents, now } = place;
    const plan = journalPlan(place.request);
    await stageAll(plan, journal, blobs);
    progress(root, plan);
    const [recovered] = await recoverRestores(journal, blobs, root);
    expect(recovered).toMatchObject({ outcome: 'finished', skipped: [] });
    plant(`${tempFolder()}`, {});
    expect(Object.keys(now())).toEqual(['a.txt', 'b/c.txt', 'd.txt']);
    expect(comparable(shoot(root, contents))['a.txt']).toMatchObject({ mode: 0o644 });
    expect(place.text('a.txt')).toBe('one');
  });

  it('is finished although somebody deleted the drafts', async () => {
    const place = scene(EARLIER, LATER);
    const plan = journalPlan(place.request);
    await stageAll(plan, place.journal, place.blobs);
    for (const { draft } of plan.steps)
      if (draft !== undefined) unlinkSync(`${place.root}/${draft}`);
    const [recovered] = await recoverRestores(place.journal, place.blobs, place.root);
    expect(recovered).toMatchObject({ outcome: 'finished', skipped: [] });
    expect(place.text('a.txt')).toBe('one');
    expect(place.text('b/c.txt')).toBe('two');
  });

  it('is finished but for what is below a folder that a link replaced since', async () => {
    const place = scene(EARLIER, LATER);
    await stageAll(journalPlan(place.request), place.journal, place.blobs);
    const elsewhere = tempFolder();
    rmSync(`${place.root}/b`, { recursive: true });
    symlinkSync(elsewhere, `${place.root}/b`);
    const [recovered] = await recoverRestores(place.journal, place.blobs, place.root);
    expect(recovered).toMatchObject({
      outcome: 'finished',
      skipped: [{ path: 'b/c.txt' }, { path: 'new.txt' }],
    });
    expect(place.text('a.txt')).toBe('one');
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  it('is finished in a work tree that was moved since', async () => {
    const place = scene(EARLIER, LATER);
    await stageAll(journalPlan(place.request), place.journal, place.blobs);
    const moved = `${tempFolder()}/moved`;
    renameSync(place.root, moved);
    const [recovered] = await recoverRestores(place.journal, place.blobs, moved);
    expect(recovered).toMatchObject({ outcome: 'finished', skipped: [] });
    expect(readFileSync(`${moved}/a.txt`, 'utf8')).toBe('one');
  });

  it('in a work tree that is gone, or replaced by a clone, is given up', async () => {
    const place = scene(EARLIER, LATER);
    await stageAll(journalPlan(place.request), place.journal, place.blobs);
    renameSync(place.root, `${place.root}-moved`);
    mkdirSync(place.root);
    put(place.root, 'a.txt', plain('of the clone'));
    const [recovered] = await recoverRestores(place.journal, place.blobs, place.root);
    expect(recovered?.outcome).toBe('lost');
    expect(readdirSync(place.root)).toEqual(['a.txt']);
    expect(place.text('a.txt')).toBe('of the clone');
    rmSync(`${place.root}-moved`, { recursive: true });
  });
});

describe('what is in the way', () => {
  it('is an obstacle when no snapshot has it', () => {
    const { root, request } = scene(EARLIER, LATER);
    put(root, 'b/c.txt', plain('ignored'));
    expect(prepareSteps(request).obstacles).toEqual([
      {
        path: 'b/c.txt',
        reason: 'the new snapshot does not have what is there',
      },
    ]);
  });

  it('keeps a file from coming back when only some of a folder may go', () => {
    const { plan } = scene({ a: plain('file') }, { 'a/x': plain('came') }, false);
    expect(plan).toEqual({
      steps: [],
      kept: [
        { path: 'a', reason: 'blocked' },
        { path: 'a/x', reason: 'came' },
      ],
    });
  });

  it('stays when a folder got another file meanwhile', async () => {
    const { root, journal, blobs, request } = scene({ a: plain('file') }, { 'a/x': plain('came') });
    const beforeSwitch = (): void => writeFileSync(`${root}/a/mine`, 'mine');
    const { skipped } = await applyRestorePlan(journalPlan(request), {
      journal,
      blobs,
      beforeSwitch,
    });
    expect(skipped.map(({ path }) => path)).toEqual(['a']);
    expect(readdirSync(root)).toEqual(['a']);
    expect(readdirSync(`${root}/a`)).toEqual(['mine']);
  });
});

describe('a file with several names', () => {
  it('leaves the other name alone', async () => {
    const { root, journal, blobs, plan } = scene(EARLIER, LATER);
    linkSync(`${root}/a.txt`, `${root}/other`);
    const contents: Contents = new Map();
    const present = shoot(root, contents);
    const steps = plan.steps.map((step) => ({ ...step, before: present.get(step.path) }));
    const request = { root, plan: { steps, kept: [] }, mark: 'r' };
    await applyRestorePlan(journalPlan(request), { journal, blobs });
    expect(readFileSync(`${root}/other`, 'utf8')).toBe('broken');
  });
});

describe('the journal', () => {
  it.each([
    [[], undefined],
    [['.plan.json'], undefined],
    [['plan.json'], 'staging'],
    [['plan.json', 'switching'], 'switching'],
    [['plan.json', '.switching'], 'staging'],
    [['plan.json', 'switching', 'done'], 'done'],
    [['plan.json', 'undone'], 'undone'],
  ] as const)('is in the phase that its files say: %j', (names, phase) => {
    expect(parsePhase(names)).toBe(phase);
  });

  it('counts up, whatever the clock says, and knows the last restore that changed something', async () => {
    const { journal, blobs, request } = scene(EARLIER, LATER);
    const { id } = await applyRestorePlan(
      { ...journalPlan(request), at: 2_000 },
      { journal, blobs },
    );
    const other = scene(EARLIER, LATER);
    const plan = { ...journalPlan(other.request), at: 1_000 };
    const second = await applyRestorePlan(plan, { journal, blobs: other.blobs });
    expect([id, second.id]).toEqual(['000001', '000002']);
    journal.enter(journal.begin(plan), 'undone');
    expect(journal.last()?.id).toBe('000002');
  });
});

describe('modes', () => {
  it('of files that may not be written come back', async () => {
    const { root, journal, blobs, request, now } = scene(
      { 'a.txt': { text: 'one', mode: 0o400 } },
      { 'a.txt': { text: 'one', mode: 0o644 } },
    );
    await applyRestorePlan(journalPlan(request), { journal, blobs });
    expect(now()).toMatchObject({ 'a.txt': { mode: 0o400 } });
    chmodSync(`${root}/a.txt`, 0o600);
  });
});

async function stageAll(
  plan: JournalPlan,
  journal: RestoreJournal,
  blobs: ReturnType<typeof readerOf>,
): Promise<void> {
  const id = journal.begin(plan);
  const folders = new OpenFolders(plan.root);
  await stageDrafts(folders, plan, plan.steps.filter(hasDraft), blobs);
  folders.close();
  journal.enter(id, 'switching');
}

function renameFirst(root: string, { steps }: JournalPlan): void {
  const [first] = steps.filter(hasDraft);
  if (first === undefined) throw new Error('no draft');
  renameSync(`${root}/${first.draft}`, `${root}/${first.path}`);
}

function linkNewFile(root: string, { steps }: JournalPlan): void {
  const added = steps.filter(hasDraft).find(({ step }) => step === 'write');
  if (added === undefined) throw new Error('no new file');
  linkSync(`${root}/${added.draft}`, `${root}/${added.path}`);
}
