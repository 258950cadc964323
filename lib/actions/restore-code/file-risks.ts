import type { StateFolder } from '../../core/state-folder.ts';
import { hasRunCommandsSince, readFileTouches } from '../../query/file-touches.ts';
import { queryStore } from '../../query/store-view.ts';
import {
  type BytePath,
  isSameState,
  type PathStates,
  pathText,
} from '../../snapshots/restore/path-state.ts';
import type { CodePlan } from '../../snapshots/restore/plan.ts';
import type { Snapshot } from '../../snapshots/snapshot.ts';
import type { RestoreContext } from './restore-context.ts';

/** Something that a person should know of a file before it is restored. */
export interface FileRisk {
  readonly path: BytePath;
  /**
   * `session`: another session wrote it since; `unseen`: it changed after the newest checkpoint, by
   * no call that was recorded.
   */
  readonly kind: 'session' | 'unseen';
  /** The other session, and whether it is open. */
  readonly session?: string;
  readonly isOpen?: boolean;
}

export interface RiskRequest {
  readonly plan: CodePlan;
  /** Its time is that of the earliest moment since, as the clock may have been set back. */
  readonly target: Pick<Snapshot, 'at' | 'session'>;
  /** The newest snapshot before that of the present. */
  readonly last: { readonly at: number; readonly states: PathStates } | undefined;
}

/**
 * Which files of a plan other sessions wrote, or changed unseen. Without a readable store nothing
 * is known of sessions.
 */
export async function findFileRisks(
  { actionContext, tree }: RestoreContext,
  { plan, target, last }: RiskRequest,
): Promise<readonly FileRisk[]> {
  const names = new Map(plan.steps.map(({ path }) => [`${tree.path}/${pathText(path)}`, path]));
  const since = Math.min(target.at, last?.at ?? target.at);
  const { touches, hadCommands } = await readKnownChanges(actionContext.folder, tree.path, {
    paths: [...names.keys()],
    since,
    last: last?.at,
  });
  const others = touches
    .filter(({ session, at }) => session !== target.session && Date.parse(at) > target.at)
    .flatMap(({ path, session, isOpen }): readonly FileRisk[] => {
      const name = names.get(path);
      return name === undefined ? [] : [{ path: name, kind: 'session', session, isOpen }];
    });
  if (last === undefined || hadCommands) return others;
  const seen = new Set(
    touches.filter(({ at }) => Date.parse(at) >= last.at).map(({ path }) => path),
  );
  const unseen = plan.steps.flatMap(({ path, before }): readonly FileRisk[] => {
    const isChanged = !isSameState(last.states.get(path), before);
    return isChanged && !seen.has(`${tree.path}/${pathText(path)}`)
      ? [{ path, kind: 'unseen' }]
      : [];
  });
  return [...others, ...unseen];
}

interface Question {
  readonly paths: readonly string[];
  readonly since: number;
  /** When the newest snapshot was taken. */
  readonly last: number | undefined;
}

async function readKnownChanges(
  folder: StateFolder,
  workTree: string,
  { paths, since, last }: Question,
) {
  const nothing = { touches: [], hadCommands: false };
  try {
    return await queryStore(folder, nothing, async (database) => ({
      touches: await readFileTouches(database, paths, since),
      hadCommands: last !== undefined && (await hasRunCommandsSince(database, workTree, last)),
    }));
  } catch {
    return nothing; // files can be restored without the store
  }
}
