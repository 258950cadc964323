import { repositoryKey } from '../auto-commit/auto-commit.ts';
import { WaymarkError } from '../core/errors.ts';
import { realPathOr } from '../core/state-folder.ts';
import { findWorkTree } from '../snapshots/work-tree.ts';
import type { ActionContext } from './action-context.ts';
import { editConfig, KEEP } from './edit-config.ts';

export interface AutoCommitSwitch {
  /** The repository, as `autoCommit` names it. */
  readonly repository: string;
  readonly changed: boolean;
}

/**
 * Lets turns in the repository of `folder` be committed from now on.
 * @throws {@link WaymarkError} USAGE where `folder` is in none, CONFIG_INVALID.
 */
export async function switchAutoCommitOn(
  actionContext: ActionContext,
  folder: string,
): Promise<AutoCommitSwitch> {
  const found = await repositoryOf(actionContext, folder);
  if (found === undefined)
    throw new WaymarkError(
      'USAGE',
      `Cannot commit turns in ${folder}: it is not in a project's repository`,
      {
        remedy:
          'Run `git status` there; `waymark docs auto-commit` says which folders are refused.',
      },
    );
  return await change(actionContext, found, (list) => [...list, found]);
}

/**
 * Ends that. A repository that is gone is meant by its path.
 * @throws {@link WaymarkError} CONFIG_INVALID.
 */
export async function switchAutoCommitOff(
  actionContext: ActionContext,
  folder: string,
): Promise<AutoCommitSwitch> {
  const found = (await repositoryOf(actionContext, folder)) ?? realPathOr(folder);
  return await change(actionContext, found, (list) => list);
}

async function repositoryOf(
  { environment, folder: state }: ActionContext,
  folder: string,
): Promise<string | undefined> {
  try {
    const tree = await findWorkTree(folder, { environment, stateRoot: state.root });
    return tree.repository === undefined ? undefined : repositoryKey(tree);
  } catch (error) {
    if (error instanceof WaymarkError && error.code === 'SNAPSHOT_REFUSED') return undefined;
    throw error;
  }
}

/** @param edit Gets the list without the repository. */
async function change(
  { folder }: ActionContext,
  repository: string,
  edit: (list: readonly string[]) => readonly string[],
): Promise<AutoCommitSwitch> {
  const changed = await editConfig(folder.configFile, 'autoCommit', ({ autoCommit }) => {
    const next = edit(autoCommit.filter((known) => known !== repository));
    if (next.includes(repository) === autoCommit.includes(repository)) return KEEP;
    return next.length === 0 ? undefined : JSON.stringify(next);
  });
  return { repository, changed };
}
