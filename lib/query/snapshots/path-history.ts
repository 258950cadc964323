import { WaymarkError } from '../../core/errors.ts';
import { isoTime } from '../../core/clock.ts';
import { createStoreGit, type SnapshotStore } from '../../snapshots/open-store.ts';
import { readIdsAt } from '../../snapshots/objects-at.ts';
import { listSnapshots } from '../../snapshots/read-snapshots.ts';
import type { Snapshot } from '../../snapshots/snapshot.ts';
import { FILES } from '../../snapshots/write-commit.ts';
import type { Database } from '../../store/database.ts';
import { queryStore } from '../store-view.ts';
import { diffAsPatch } from './diff-checkpoints.ts';
import {
  pathsBelow,
  type SnapshotPlace,
  requireStoreHere,
  readingStore,
} from './snapshot-place.ts';
import { readWork, type WorkBetween } from './work-between.ts';

/**
 * One change of a path: it happened between two kept states that follow each other. Field names are
 * a contract.
 */
export interface PathChange extends WorkBetween {
  /** The state before; `null`: this is the first that is kept. */
  readonly before: string | null;
  /** The state that has the change. */
  readonly after: string;
  /** ISO 8601: when that state was kept. */
  readonly at: string;
  readonly what: 'added' | 'changed' | 'removed';
  /** Sessions at work in that time, as far as snapshots tell. */
  readonly sessions: readonly string[];
  /** How it differs, as git writes it. */
  readonly patch: string;
}

/**
 * The changes of a file or folder that kept states show, latest first, each with the prompts and
 * calls of that time.
 * @throws {@link WaymarkError} NOT_FOUND when no kept state has the path, USAGE.
 */
export async function readPathHistory(
  place: SnapshotPlace,
  path: string,
  limit: number,
): Promise<readonly PathChange[]> {
  const { tree, store } = await requireStoreHere(place);
  const [below = ''] = pathsBelow(tree, place.cwd, [path]);
  const steps = await readingStore(store, () => changesOf(store, below));
  if (steps.length === 0)
    throw new WaymarkError('NOT_FOUND', `Cannot find ${path}: no checkpoint here has it`, {
      remedy: '`waymark checkpoints` lists them.',
    });
  const latest = steps.toReversed().slice(0, limit);
  const describeAll = (database: Database | undefined): Promise<readonly PathChange[]> =>
    readingStore(store, () =>
      Promise.all(latest.map((step) => describe(store, below, step, database))),
    );
  return await queryStore(place.folder, await describeAll(undefined), describeAll);
}

interface Step {
  readonly before: Snapshot | undefined;
  readonly after: Snapshot;
  readonly what: PathChange['what'];
}

async function changesOf(store: SnapshotStore, path: string): Promise<readonly Step[]> {
  const known = await listSnapshots(store);
  const commits = known.map(({ commit }) => commit);
  const ids = await readIdsAt(createStoreGit(store), commits, path);
  return known.flatMap((after, index): readonly Step[] => {
    const [was, is] = [index === 0 ? undefined : ids[index - 1], ids[index]];
    if (was === is) return [];
    const what = was === undefined ? 'added' : is === undefined ? 'removed' : 'changed';
    return [{ before: known[index - 1], after, what }];
  });
}

async function describe(
  store: SnapshotStore,
  path: string,
  { before, after, what }: Step,
  database: Database | undefined,
): Promise<PathChange> {
  const sessions = [...new Set([before?.session, after.session].flatMap((id) => id ?? []))];
  const work =
    database === undefined || before === undefined
      ? { prompts: [], calls: [] }
      : await workOf(database, sessions, before, after);
  const trees = [
    before === undefined ? undefined : `${before.commit}:${FILES}`,
    `${after.commit}:${FILES}`,
  ];
  const [from, to] = trees;
  const paths = path === '' ? [] : [path];
  return {
    ...{ before: before?.id ?? null, after: after.id, at: isoTime(after.at), what, sessions },
    ...work,
    patch:
      from === undefined || to === undefined ? '' : await diffAsPatch(store, [from, to], paths),
  };
}

/** The prompt at which the state before was kept is the one whose work follows. */
async function workOf(
  database: Database,
  sessions: readonly string[],
  before: Snapshot,
  after: Snapshot,
): Promise<WorkBetween> {
  const isAsked = ({ prompt }: { readonly prompt: string | null }): boolean =>
    prompt !== null && prompt === before.prompt;
  const { prompts, calls } = await readWork(database, sessions, before.at, after.at);
  const earlier = await readWork(database, sessions, 0, before.at);
  return { prompts: [...earlier.prompts.filter(isAsked), ...prompts], calls };
}
