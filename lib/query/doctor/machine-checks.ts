import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readTextOrEmpty } from '../../core/files.ts';
import { readService } from '../service.ts';
import { failedCheck, type Check, passedCheck, type DoctorInput, uncheckedCheck } from './check.ts';

/** What package.json asks for. */
const OLDEST_NODE = [20, 19, 0] as const;

/** Clients before this one were never tried. */
const OLDEST_CLIENT = [2, 1, 197] as const;

const ANSWER_TIME_MS = 5_000;

/** Checks Node, git, the client of Claude Code and the settings. */
export async function machineChecks(input: DoctorInput): Promise<readonly Check[]> {
  const [git, client, hookNode, service] = await Promise.all([
    versionOf('git', input),
    versionOf('claude', input),
    checkHookNode(input),
    checkService(input),
  ]);
  return [
    checkNode(input.nodeVersion),
    ...hookNode,
    ...service,
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
  if (isAtLeast(version, OLDEST_NODE)) return passedCheck('node', `Node ${version}`);
  return failedCheck(
    'node',
    `Node ${version} is too old: waymark needs ${OLDEST_NODE.join('.')} or later`,
    'Install a newer Node, then run `waymark install` again.',
  );
}

const LOOK_AGAIN =
  'Run `waymark install` with the Node that hooks should use. The next hook that starts Node also searches for another one.';

/**
 * The Node that the launchers noted when they last looked for one; nothing where none has looked
 * yet.
 */
async function checkHookNode(input: DoctorInput): Promise<readonly Check[]> {
  const note = `${input.folder.bin}/node-found`;
  if (!existsSync(note)) return [];
  const node = readTextOrEmpty(note).trim();
  const needed = OLDEST_NODE.slice(0, 2).join('.');
  if (node === '')
    return [
      failedCheck(
        'hook-node',
        `Hooks found no Node ${needed} or later, so none of them runs`,
        'Install a later Node and run `waymark install` with it; the next session also searches again.',
      ),
    ];
  if (!existsSync(node))
    return [
      failedCheck('hook-node', `The Node that hooks run with is missing: ${node}`, LOOK_AGAIN),
    ];
  const version = await versionOf(node, input);
  if (version === undefined)
    return [
      failedCheck('hook-node', `The Node that hooks run with does not start: ${node}`, LOOK_AGAIN),
    ];
  if (!isAtLeast(version, OLDEST_NODE))
    return [
      failedCheck('hook-node', `Hooks run with ${node}, which is ${version}: too old`, LOOK_AGAIN),
    ];
  const isSame = version === `v${input.nodeVersion}`;
  const message = `Hooks run with Node ${version.replace(/^v/, '')}`;
  return [
    isSame
      ? passedCheck('hook-node', message)
      : {
          ...passedCheck(
            'hook-node',
            `${message} (${node}), this command with ${input.nodeVersion}`,
          ),
          remedy: 'To use the Node of this command for both: `waymark install`.',
        },
  ];
}

/** Nothing where no service is installed: hooks start the worker. */
async function checkService(input: DoctorInput): Promise<readonly Check[]> {
  const service = await readService(input);
  if (service === undefined || !service.installed) return [];
  const { name, state, problem, remedy } = service;
  if (problem !== null)
    return [failedCheck('service', `The service ${name} cannot start: ${problem}`, remedy ?? '')];
  if (state === 'failed')
    return [
      failedCheck(
        'service',
        `The service ${name} has failed`,
        'See why with `waymark worker log`, then run `waymark service install`.',
      ),
    ];
  return [passedCheck('service', `The service ${name} is ${state ?? 'installed'}`)];
}

/** A note, never a problem: the launchers leave the variable out. */
function checkCertificates({ environment, nodeVersion }: DoctorInput): Check {
  if (!environment['NODE_EXTRA_CA_CERTS'] || isAtLeast(nodeVersion, [22]))
    return passedCheck('ca-certs', 'No extra certificates slow Node down');
  return passedCheck(
    'ca-certs',
    'NODE_EXTRA_CA_CERTS is set: Node 20 reads that file for 100 ms at each start; the launchers unset it for hooks',
  );
}

function checkGit(version: string | undefined): Check {
  if (version !== undefined) return passedCheck('git', version);
  return failedCheck(
    'git',
    'git is not in PATH',
    'Install git; checkpoints of folders without a work tree do not need it.',
  );
}

function checkClient(version: string | undefined): Check {
  if (version === undefined)
    return uncheckedCheck('client', 'claude is not in PATH here, so its version was not checked');
  if (isAtLeast(version, OLDEST_CLIENT)) return passedCheck('client', `Claude Code ${version}`);
  return failedCheck(
    'client',
    `Claude Code ${version} is older than ${OLDEST_CLIENT.join('.')}, the oldest version that waymark was tested with`,
    'Update Claude Code.',
  );
}

function checkConfig({ configProblems, folder }: DoctorInput): Check {
  const [first] = configProblems;
  if (first === undefined) return passedCheck('config', 'Every setting is accepted');
  const more = configProblems.length > 1 ? ` (and ${configProblems.length - 1} more)` : '';
  return failedCheck(
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
