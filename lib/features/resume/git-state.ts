import { execFile } from 'node:child_process';

/** What git says of a work tree. */
export interface GitState {
  /** `null` when HEAD is detached. */
  readonly branch: string | null;
  /** How many files are not committed; a new folder counts as one. */
  readonly changed: number;
  /** The first of them, as `M path` or `?? path`. */
  readonly files: readonly string[];
}

const TIME_MS = 2_000;
const MOST_BYTES = 1 << 20;
const MOST_FILES = 8;

/** Asks once and writes nothing: no lock, no index refresh, no file system monitor, no hooks, no look into submodules. */
const ARGUMENTS = [
  ...[
    '-c',
    'core.fsmonitor=false',
    '-c',
    'core.hooksPath=/dev/null',
    '-c',
    'core.untrackedCache=keep',
  ],
  ...[
    'status',
    '--porcelain=v1',
    '--branch',
    '-z',
    '--untracked-files=normal',
    '--ignore-submodules=all',
  ],
];

type Environment = Readonly<Record<string, string | undefined>>;

/** The git state of `folder`; `undefined` without git, outside a work tree, or when it takes longer than two seconds. Never rejects. */
export function readGitState(
  folder: string,
  environment: Environment,
): Promise<GitState | undefined> {
  const kept = Object.entries(environment).filter(([name]) => !name.startsWith('GIT_'));
  const env = {
    ...Object.fromEntries(kept),
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };
  return new Promise((resolve) => {
    const options = {
      cwd: folder,
      env,
      timeout: TIME_MS,
      killSignal: 'SIGKILL',
      maxBuffer: MOST_BYTES,
      windowsHide: true,
    } as const;
    try {
      const child = execFile('git', ARGUMENTS, options, (error, stdout) =>
        resolve(error === null ? stateIn(stdout) : undefined),
      );
      child.stdin?.end();
    } catch {
      resolve(undefined); // the folder's name has a NUL in it, or the like
    }
  });
}

/** Reads `git status --porcelain=v1 --branch -z`. */
export function stateIn(output: string): GitState {
  const [head = '', ...fields] = output.split('\0');
  const files: string[] = [];
  let changed = 0;
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] ?? '';
    if (field === '') continue;
    changed += 1;
    if (files.length < MOST_FILES) files.push(`${field.slice(0, 2).trim()} ${field.slice(3)}`);
    if (/^[RC]|^.[RC]/.test(field)) index += 1; // the old name follows
  }
  return { branch: branchIn(head), changed, files };
}

function branchIn(head: string): string | null {
  const name = head.replace(/^## (?:No commits yet on |Initial commit on )?/, '');
  if (name.startsWith('HEAD (no branch)')) return null;
  return name.replace(/\.\.\..*$/, '').replace(/ \[.*\]$/, '') || null;
}
