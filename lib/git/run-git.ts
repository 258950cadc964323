import { execFile } from 'node:child_process';
import { delimiter, isAbsolute } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Makes one read-only call of git in a repository that may be hostile: its `.git/config` and
 * `.gitattributes` can name commands. Runs none of them, writes nothing, fetches nothing.
 * @returns the output of git; `undefined` without git, if git fails, and after two seconds. Never
 * rejects.
 */
export async function runGit(
  folder: string,
  args: readonly string[],
  environment: Environment,
): Promise<string | undefined> {
  const call: Call = {
    folder,
    environment: safeEnvironment(environment),
    signal: AbortSignal.timeout(TIME_MS),
  };
  const [command = '', ...rest] = args;
  const off = RUNS_NOTHING.test(command) ? [] : await settingsOff(call);
  if (off === undefined) return undefined;
  const plain = DRAWS_DIFFERENCES.test(command) ? ['--no-ext-diff', '--no-textconv'] : [];
  return await start(call, [...ALWAYS_OFF, ...off, command, ...plain, ...rest]);
}

const TIME_MS = 2_000;
const MAX_BYTES = 1 << 20;

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

/**
 * Reads the keys of all config files, including files that the repository includes, and returns the
 * overrides for them.
 */
async function settingsOff(call: Call): Promise<readonly string[] | undefined> {
  const keys = await start(call, [...ALWAYS_OFF, 'config', '--list', '--name-only', '-z']);
  return keys === undefined ? undefined : settingsAgainst(keys.split('\0'));
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
  readonly environment: Record<string, string | undefined>;
  readonly signal: AbortSignal;
}

function start(
  { folder, environment, signal }: Call,
  args: readonly string[],
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = {
      cwd: folder,
      env: environment,
      signal,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_BYTES,
      windowsHide: true,
    } as const;
    try {
      const child = execFile('git', args, options, (error, stdout) =>
        resolve(error === null ? stdout : undefined),
      );
      child.stdin?.on('error', () => undefined); // Git may have exited already.
      child.stdin?.end();
    } catch {
      resolve(undefined); // For example, the folder's name contains a NUL.
    }
  });
}
