import { spawn } from 'node:child_process';
import { gatherOutput } from './gather-output.ts';
import { type Environment, safeEnvironment } from './run-git.ts';
import { watchRules } from './watch-rules.ts';

/** A repository of the user's in which we may write, and how to call git there. */
export interface RepositoryGit {
  /** Root of the work tree. */
  readonly workTree: string;
  readonly environment: Environment;
  /** The index to use; never the one of the repository. */
  readonly index: string;
  /** Where new objects go. Missing: into the repository. */
  readonly drafts?: { readonly folder: string; readonly objects: string } | undefined;
  /** Aborts the call and ends every process that it started. */
  readonly signal: AbortSignal;
  /** When to look first whether git waits for a pipe in the work tree. */
  readonly watchMs?: number | undefined;
}

export interface RepositoryCall {
  readonly input?: string | Buffer;
  /** Most bytes of output; more is a failure. */
  readonly maxBytes?: number;
}

/**
 * Calls git as the user would. The configuration, filters and attributes of the repository and of
 * the user apply, and their commands run. Only for a repository in which the user allowed us to
 * write. Never prompts on a terminal, never signs.
 * @returns the output of git.
 * @throws {@link GitFailure} with the last message of git or of a hook that it ran; the signal's
 * reason if it was aborted.
 */
export async function callRepositoryGit(
  git: RepositoryGit,
  args: readonly string[],
  { input, maxBytes = MAX_BYTES }: RepositoryCall = {},
): Promise<Buffer> {
  git.signal.throwIfAborted();
  const child = spawn('git', [...SETTINGS, ...args], {
    cwd: git.workTree,
    env: environmentOf(git),
    stdio: ['pipe', 'pipe', 'pipe'],
    // A process group of its own, so that what hooks and filters start ends with it.
    detached: true,
    windowsHide: true,
  });
  const { output } = await gatherOutput(child, {
    ...{ command: args[0] ?? '', input, maxBytes, signal: git.signal, isBackground: true },
    end: () => {
      endGroup(child.pid);
      // A program that left the group may hold them open.
      child.stdout.destroy();
      child.stderr.destroy();
    },
    watch: (onFound) => watchRules(git.workTree, onFound, git.watchMs),
    reasonIn: (said) => said.trim(),
  });
  return output;
}

const MAX_BYTES = 1 << 26;

/**
 * Turns off what would write elsewhere in the repository, wait for input, or start a process that
 * stays.
 */
const SETTINGS: readonly string[] = [
  'commit.gpgSign=false',
  'core.fsmonitor=false',
  'core.splitIndex=false', // Its shared part would be written beside the user's index.
  'core.untrackedCache=keep',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'user.useConfigOnly=true', // no name that is made up from the machine's
].flatMap((setting) => ['-c', setting]);

function environmentOf({ environment, index, drafts }: RepositoryGit) {
  const { GIT_ALLOW_PROTOCOL: _protocols, LC_ALL: _ours, ...safe } = safeEnvironment(environment);
  return {
    ...safe,
    ...(environment['LC_ALL'] === undefined ? {} : { LC_ALL: environment['LC_ALL'] }),
    GIT_EDITOR: ':',
    GIT_INDEX_FILE: index,
    ...(drafts === undefined
      ? {}
      : {
          GIT_OBJECT_DIRECTORY: drafts.folder,
          // Quoted: a path may contain the colon that separates several.
          GIT_ALTERNATE_OBJECT_DIRECTORIES: `"${drafts.objects.replace(/["\\]/g, '\\$&')}"`,
        }),
  };
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It exited already.
  }
}
