import { spawn } from 'node:child_process';
import { gatherOutput } from './gather-output.ts';
import { ALWAYS_OFF, type Environment, safeEnvironment } from './run-git.ts';
import { watchRules } from './watch-rules.ts';

/** A git directory of our own, and the work tree that it reads. */
export interface StoreGit {
  readonly gitDir: string;
  readonly workTree?: string;
  readonly environment: Environment;
  /** The index to use. Default: the one in the git directory. */
  readonly index?: string;
  /** Further settings, as `name=value`. */
  readonly settings?: readonly string[];
  /** Aborts the call. */
  readonly signal?: AbortSignal | undefined;
  /** Whether to let other processes run first. */
  readonly isBackground?: boolean;
  /** When to look first whether git waits for a pipe in the work tree. */
  readonly watchMs?: number | undefined;
}

export interface CallOptions {
  readonly input?: string | Buffer;
  /** Most bytes of output; more is a failure. */
  readonly maxBytes?: number;
  /** Called with what git said beside its output, when it succeeded; the last 4,096 characters. */
  readonly onMessages?: (text: string) => void;
}

/**
 * Calls git with a git directory of our own. Reads no configuration but that directory's, so
 * nothing that a repository, its attributes or the user configured can run or change bytes. Only
 * reads the work tree.
 * @returns the output of git.
 * @throws {@link GitFailure} with the reason that git gives; the signal's reason if it was
 * aborted.
 */
export async function callStoreGit(
  git: StoreGit,
  args: readonly string[],
  { input, maxBytes = MAX_BYTES, onMessages }: CallOptions = {},
): Promise<Buffer> {
  git.signal?.throwIfAborted();
  const child = spawn('git', [...placeOf(git), ...settingsOf(git), ...args], {
    cwd: git.workTree ?? git.gitDir,
    env: ownEnvironment(git),
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const { output, message } = await gatherOutput(child, {
    ...{ command: args[0] ?? '', input, maxBytes, signal: git.signal, reasonIn },
    // Git deletes its own lock and draft files at SIGTERM.
    end: () => void child.kill('SIGTERM'),
    watch: (onFound) => watchCall(git, onFound),
    isBackground: git.isBackground === true,
  });
  if (message !== '') onMessages?.(message);
  return output;
}

/** Nobody waits for what is in a git directory of our own. */
function watchCall({ workTree, watchMs }: StoreGit, onFound: (path: string) => void): () => void {
  return workTree === undefined ? () => undefined : watchRules(workTree, onFound, watchMs);
}

const MAX_BYTES = 1 << 29;

/** Takes content unchanged, and allows every name of the file system. */
const RAW: readonly string[] = [
  'core.autocrlf=false',
  'core.safecrlf=false',
  'core.attributesFile=/dev/null',
  'core.excludesFile=/dev/null',
  'core.protectHFS=false',
  'core.protectNTFS=false',
  'core.bare=false',
  'core.logAllRefUpdates=false',
  'core.sparseCheckout=false',
  'core.sharedRepository=0600',
  'gc.auto=0',
  'maintenance.auto=false',
].flatMap((setting) => ['-c', setting]);

function placeOf({ gitDir, workTree }: StoreGit): readonly string[] {
  return [`--git-dir=${gitDir}`, ...(workTree === undefined ? [] : [`--work-tree=${workTree}`])];
}

function settingsOf({ settings = [], isBackground = false }: StoreGit): readonly string[] {
  // threads that look at files are sooner done, at the price of more processor time
  const own = isBackground ? [...settings, 'core.preloadIndex=false'] : settings;
  return [...ALWAYS_OFF, ...RAW, ...own.flatMap((setting) => ['-c', setting])];
}

function ownEnvironment({ environment, index }: StoreGit): Record<string, string | undefined> {
  return {
    ...safeEnvironment(environment),
    ...(index === undefined ? {} : { GIT_INDEX_FILE: index }),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_LITERAL_PATHSPECS: '1',
    ...KEEP_MEMORY,
  };
}

/**
 * The C library of most Linuxes returns freed memory to the system at once. Git allocates and frees
 * the state of a compressor for each file, so the system clears the same pages again for each: that
 * was nine tenths of the processor time of a first snapshot. Other systems ignore this.
 */
const KEEP_MEMORY = {
  MALLOC_TRIM_THRESHOLD_: String(64 << 20),
  MALLOC_TOP_PAD_: String(4 << 20),
};

/** The reason that git gives, or its last line. */
function reasonIn(text: string): string {
  const lines = text.trim().split('\n');
  const reason = lines.findLast((line) => line.startsWith('fatal: ')) ?? lines.at(-1);
  return reason?.trim() ?? '';
}
