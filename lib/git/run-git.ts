import { execFile, type ExecFileException } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, isAbsolute } from 'node:path';
import { findOddGitFile } from './odd-git-files.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What git printed, or why there is no answer. */
export type GitAnswer = { readonly output: Buffer } | { readonly problem: GitProblem };

/**
 * `missing`: git is not installed; `late`: it did not answer in time; `owner`: the repository
 * belongs to another user, so git does not read it; `guarded`: a command that its configuration
 * names cannot be turned off; `odd-file`: git would wait for what is in the place of one of its
 * files; `failed`: anything else that git says.
 */
export interface GitProblem {
  readonly kind: 'missing' | 'late' | 'owner' | 'guarded' | 'odd-file' | 'failed';
  /** For a sentence. */
  readonly reason: string;
  /** With which git ended, if it did. */
  readonly status?: number | undefined;
}

/** Asks git in a folder; see {@link askGit}. */
export type AskGit = (
  folder: string,
  args: readonly string[],
  environment: Environment,
  limits: GitLimits,
) => Promise<GitAnswer>;

export interface GitLimits {
  /** Milliseconds. */
  readonly timeMs: number;
  /** Aborts the call. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * For calls that read a few small files. They take milliseconds, but many times more on a machine
 * that is busy: a limit is only there for a disk or a pipe that never answers.
 */
export const SMALL_CALL: GitLimits = { timeMs: 30_000 };

/**
 * Makes one read-only call of git in a repository that may be hostile: its `.git/config` and
 * `.gitattributes` can name commands. Runs none of them, writes nothing, fetches nothing.
 * @throws the signal's reason if it was aborted, and nothing else.
 */
export async function askGit(
  folder: string,
  args: readonly string[],
  environment: Environment,
  { timeMs, signal }: GitLimits,
): Promise<GitAnswer> {
  signal?.throwIfAborted();
  const limit = AbortSignal.timeout(timeMs);
  const call: Call = {
    folder,
    timeMs,
    environment: safeEnvironment(environment),
    signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
  };
  const answer = await askGuarded(call, args);
  signal?.throwIfAborted();
  return answer;
}

async function askGuarded(call: Call, args: readonly string[]): Promise<GitAnswer> {
  const [command = '', ...rest] = args;
  const odd = findOddGitFile(call.folder, !RUNS_NOTHING.test(command));
  if (odd !== undefined)
    return { problem: { kind: 'odd-file', reason: `${odd} is a pipe or a device` } };
  const keys = RUNS_NOTHING.test(command) ? NO_KEYS : await listKeys(call);
  if ('problem' in keys) return keys;
  const off = settingsAgainst(keys.output.toString('utf8').split('\0'));
  if (off === undefined) return { problem: GUARDED };
  const plain = DRAWS_DIFFERENCES.test(command) ? ['--no-ext-diff', '--no-textconv'] : [];
  return await start(call, [...ALWAYS_OFF, ...off, command, ...plain, ...rest]);
}

const MAX_BYTES = 1 << 26;

const NO_KEYS: GitAnswer = { output: Buffer.alloc(0) };

const GUARDED: GitProblem = {
  kind: 'guarded',
  reason: 'its configuration names a command that cannot be turned off',
};

/** Subcommands that never run a program from the configuration. */
const RUNS_NOTHING = /^(?:config|rev-parse)$/;

const DRAWS_DIFFERENCES = /^(?:diff|diff-(?:tree|index|files)|show|log)$/;

/** Overrides for known keys that name a command or lead to one. */
export const ALWAYS_OFF: readonly string[] = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.pager=cat',
  'core.editor=true',
  'core.sshCommand=false',
  'core.askPass=',
  'core.gitProxy=',
  'core.alternateRefsCommand=true',
  'core.untrackedCache=keep', // It would be written otherwise.
  'credential.helper=',
  'diff.external=',
  'interactive.diffFilter=',
  'sequence.editor=true',
  'gpg.program=false',
  'log.showSignature=false',
  'protocol.allow=never',
  'safe.bareRepository=explicit',
  'status.submoduleSummary=false',
  'submodule.recurse=false',
].flatMap((setting) => ['-c', setting]);

/** Overrides for keys with a name in the middle that the repository chooses. */
const OFF_BY_NAME: ReadonlyArray<readonly [key: RegExp, setting: string]> = [
  [/^(filter\..*\.(?:clean|smudge|process))$/s, '$1='],
  [/^(filter\..*\.required)$/s, '$1=false'],
  [/^(diff\..*\.(?:command|textconv))$/s, '$1='],
  [/^(merge\..*\.driver)$/s, '$1=false'],
  [/^(remote\..*\.(?:uploadpack|receivepack))$/s, '$1=false'],
  [/^(credential\..*\.helper)$/s, '$1='],
  [/^(pager\..*)$/s, '$1=false'],
  [/^(gpg\..*\.(?:program|defaultkeycommand))$/s, '$1=false'],
  [/^(hook\..*\.)[^.]*$/s, '$1enabled=false'],
];

/** The keys of all config files, including files that the repository includes. */
function listKeys(call: Call): Promise<GitAnswer> {
  return start(call, [...ALWAYS_OFF, 'config', '--list', '--name-only', '-z']);
}

/**
 * Returns the overrides for these keys.
 * @returns `undefined` if `-c` cannot express a key, so that its command could not be turned off.
 */
function settingsAgainst(keys: readonly string[]): readonly string[] | undefined {
  const settings = new Set<string>();
  for (const key of keys) {
    const [pattern, setting] = OFF_BY_NAME.find(([known]) => known.test(key)) ?? [];
    if (pattern === undefined || setting === undefined) continue;
    if (key.includes('=')) return undefined;
    settings.add(key.replace(pattern, setting));
  }
  return [...settings].flatMap((setting) => ['-c', setting]);
}

/**
 * Returns an environment without variables that control git, and without PATH entries that depend
 * on the working folder.
 */
export function safeEnvironment(environment: Environment): Record<string, string | undefined> {
  const kept = Object.entries(environment).filter(
    ([name]) => !name.startsWith('GIT_') && !/^(?:SSH_ASKPASS|PAGER|EDITOR|VISUAL)$/.test(name),
  );
  const path = environment['PATH']?.split(delimiter).filter(isAbsolute).join(delimiter);
  return {
    ...Object.fromEntries(kept),
    ...(path === undefined ? {} : { PATH: path }),
    GIT_ALLOW_PROTOCOL: '', // No protocol, whatever the configuration allows.
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };
}

interface Call {
  readonly folder: string;
  readonly timeMs: number;
  readonly environment: Record<string, string | undefined>;
  readonly signal: AbortSignal;
}

function start(call: Call, args: readonly string[]): Promise<GitAnswer> {
  return new Promise((resolve) => {
    const options = {
      cwd: call.folder,
      env: call.environment,
      signal: call.signal,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_BYTES,
      encoding: 'buffer',
      windowsHide: true,
    } as const;
    try {
      const child = execFile('git', args, options, (error, output, said) =>
        resolve(error === null ? { output } : { problem: problemOf(error, String(said), call) }),
      );
      child.stdin?.on('error', () => undefined); // Git may have exited already.
      child.stdin?.end();
    } catch {
      // For example, the folder's name contains a NUL.
      resolve({ problem: { kind: 'failed', reason: 'git cannot start there' } });
    }
  });
}

function problemOf(
  { code, message }: ExecFileException,
  said: string,
  { signal, timeMs, folder }: Call,
): GitProblem {
  if (signal.aborted)
    return { kind: 'late', reason: `git did not answer within ${timeMs / 1_000} s` };
  if (code === 'ENOENT' && existsSync(folder))
    return { kind: 'missing', reason: 'git is not installed, or not in PATH' };
  if (typeof code !== 'number') return { kind: 'failed', reason: `git does not start: ${message}` };
  const lines = said.trim().split('\n');
  const line = lines.findLast((one) => one.startsWith('fatal: ')) ?? lines.at(-1) ?? '';
  const words = line.replace(/^(?:fatal|error): /, '');
  const reason = words === '' ? `git ended with status ${code}` : `git says "${words}"`;
  if (/dubious ownership|unsafe repository/.test(said))
    return { kind: 'owner', reason: 'it belongs to another user', status: code };
  return { kind: 'failed', reason, status: code };
}
