import { execFile } from 'node:child_process';
import { bad, type Check, good, type DoctorInput } from './check.ts';

/** What package.json asks for. */
const OLDEST_NODE = [20, 19, 0] as const;

/** Clients before this one were never tried. */
const OLDEST_CLIENT = [2, 1, 197] as const;

const ANSWER_TIME_MS = 5_000;

/** Checks Node, git, the client of Claude Code and the settings. */
export async function machineChecks(input: DoctorInput): Promise<readonly Check[]> {
  const [git, client] = await Promise.all([versionOf('git', input), versionOf('claude', input)]);
  return [
    checkNode(input.nodeVersion),
    checkCertificates(input),
    checkGit(git),
    checkClient(client),
    checkConfig(input),
  ];
}

/** Whether a dotted version is at least `least`; text behind the numbers does not count. */
export function isAtLeast(version: string, least: readonly number[]): boolean {
  const parts = (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number);
  for (const [index, wanted] of least.entries()) {
    const part = parts[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

function checkNode(version: string): Check {
  if (isAtLeast(version, OLDEST_NODE)) return good('node', `Node ${version}`);
  return bad(
    'node',
    `Node ${version} is too old: waymark needs ${OLDEST_NODE.join('.')} or later`,
    'Install a newer Node, then run `waymark install` again.',
  );
}

/** A note, never a problem: the launchers leave the variable out. */
function checkCertificates({ environment, nodeVersion }: DoctorInput): Check {
  if (!environment['NODE_EXTRA_CA_CERTS'] || isAtLeast(nodeVersion, [22]))
    return good('ca-certs', 'No extra certificates slow Node down');
  return good(
    'ca-certs',
    'NODE_EXTRA_CA_CERTS is set: Node 20 reads that file for 100 ms at each start; the launchers leave it out for hooks',
  );
}

function checkGit(version: string | undefined): Check {
  if (version !== undefined) return good('git', version);
  return bad(
    'git',
    'git is not on PATH',
    'Install git; checkpoints of folders that are no work tree do not need it.',
  );
}

function checkClient(version: string | undefined): Check {
  if (version === undefined)
    return good('client', 'claude is not on PATH here, so its version was not checked');
  if (isAtLeast(version, OLDEST_CLIENT)) return good('client', `Claude Code ${version}`);
  return bad(
    'client',
    `Claude Code ${version} is older than ${OLDEST_CLIENT.join('.')}, the oldest that waymark was tried with`,
    'Update Claude Code.',
  );
}

function checkConfig({ configProblems, folder }: DoctorInput): Check {
  const [first] = configProblems;
  if (first === undefined) return good('config', 'Every setting is accepted');
  const more = configProblems.length > 1 ? ` (and ${configProblems.length - 1} more)` : '';
  return bad(
    'config',
    `${first}${more}`,
    `Correct ${folder.configFile}, .claude/waymark.json of the project, or the environment; \`waymark config\` lists all.`,
  );
}

/**
 * The first line that `program --version` prints, or `undefined` when it is missing or does not
 * answer in time.
 */
function versionOf(program: string, { environment }: DoctorInput): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { env: { ...environment }, timeout: ANSWER_TIME_MS, windowsHide: true };
    const child = execFile(program, ['--version'], options, (error, stdout) => {
      resolve(error === null ? stdout.split('\n')[0]?.trim() : undefined);
    });
    child.stdin?.on('error', () => undefined); // the program did not start: nothing reads the pipe
    child.stdin?.end();
  });
}
