import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readTextOrEmpty } from '../core/files.ts';
import { shortHash16 } from '../core/short-hash.ts';
import { locateStateFolder, realPathOr, type StateFolder } from '../core/state-folder.ts';

/** Where the service of a state folder is described, and to whom. */
export interface ServicePlace {
  readonly manager: 'systemd' | 'launchd';
  /** As the manager knows it: a unit, or a label. */
  readonly name: string;
  /** The unit file or property list. */
  readonly file: string;
}

/** `service status --json`. Field names are a contract. */
export interface Service extends ServicePlace {
  readonly installed: boolean;
  /**
   * What the manager calls it (`active`, `inactive`, `failed`); `null` when the manager cannot be
   * asked, or there is no service.
   */
  readonly state: string | null;
  /** What it starts; `null` without a service, or for a file that cannot be read as one. */
  readonly node: string | null;
  readonly program: string | null;
  /** Why it cannot start, and what to do. */
  readonly problem: string | null;
  readonly remedy: string | null;
}

interface ServiceInput {
  readonly folder: StateFolder;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
}

/** In each file that waymark writes: no other one is replaced or deleted. */
const MARK = 'Written by waymark service install';

const AGAIN = 'Run `waymark service install` again.';

/**
 * Where the service of this state folder is; `undefined` on a system without systemd and launchd,
 * and for a user without a home.
 */
export function servicePlace(input: ServiceInput): ServicePlace | undefined {
  const { environment, platform } = input;
  const home = environment['HOME'];
  if (home === undefined || home === '' || !/^(?:darwin|linux)$/.test(platform)) return undefined;
  const name = `waymark${suffixOf(input)}`;
  if (platform === 'darwin')
    return {
      ...{ manager: 'launchd', name: `${name}.worker` },
      file: join(home, 'Library/LaunchAgents', `${name}.worker.plist`),
    };
  const config = environment['XDG_CONFIG_HOME'] || join(home, '.config');
  return {
    ...{ manager: 'systemd', name: `${name}.service` },
    file: join(config, 'systemd/user', `${name}.service`),
  };
}

/** Each state folder has a service of its own; that of the usual one needs no more name. */
function suffixOf({ folder, environment, platform }: ServiceInput): string {
  const usual = locateStateFolder({ ...environment, WAYMARK_HOME: undefined }, platform).root;
  const root = realPathOr(folder.root);
  return root === realPathOr(usual) ? '' : `-${shortHash16(root).slice(0, 8)}`;
}

/** The service of this state folder as it is; asks the manager when there is one. */
export async function readService(input: ServiceInput): Promise<Service | undefined> {
  const place = servicePlace(input);
  if (place === undefined) return undefined;
  const text = readTextOrEmpty(place.file);
  if (text === '')
    return {
      ...{ ...place, installed: false, state: null, node: null, program: null },
      ...{ problem: null, remedy: null },
    };
  if (!isOwnServiceFile(text))
    return {
      ...{ ...place, installed: false, state: null, node: null, program: null },
      problem: `${place.file} was not written by waymark`,
      remedy: 'Move that file, then run `waymark service install`.',
    };
  const command = commandIn(place.manager, text);
  const node = command[0] ?? null;
  const program = command[command.indexOf('worker') - 1] ?? null;
  const problem = problemOf(node, program);
  return {
    ...{
      ...place,
      installed: true,
      state: await readServiceState(place, input.environment),
      node,
      program,
    },
    ...{ problem, remedy: problem === null ? null : AGAIN },
  };
}

/** Whether waymark wrote the file of a service. */
export function isOwnServiceFile(text: string): boolean {
  return text.slice(0, 400).includes(MARK);
}

function problemOf(node: string | null, program: string | null): string | null {
  if (node === null || program === null) return 'its file does not name a program';
  if (!existsSync(node)) return `its Node is missing: ${node}`;
  return existsSync(program) ? null : `its program is missing: ${program}`;
}

/** The words that a service file starts. */
function commandIn(manager: ServicePlace['manager'], text: string): readonly string[] {
  if (manager === 'launchd') {
    const [, list = ''] =
      /<key>ProgramArguments<\/key>\s*<array>([\s\S]*?)<\/array>/.exec(text) ?? [];
    return [...list.matchAll(/<string>([^<]*)<\/string>/g)].map(([, word = '']) => fromXml(word));
  }
  const [, line = ''] = /^ExecStart=(.*)$/m.exec(text) ?? [];
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = ''], index) =>
    fromUnit(index === 0 ? word.replaceAll('$', '$$$$') : word),
  );
}

function fromUnit(word: string): string {
  return word.replace(/\\(.)|%%|\$\$/g, (all, letter?: string) => letter ?? all.charAt(0));
}

function fromXml(word: string): string {
  return word.replace(/&(lt|gt|quot|amp);/g, (_, name: string) => XML_NAMES[name] ?? '');
}

const XML_NAMES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', amp: '&' };

/** What the manager calls a service; `null` when it cannot be asked. */
export async function readServiceState(
  { manager, name }: ServicePlace,
  environment: ServiceInput['environment'],
): Promise<string | null> {
  if (manager === 'systemd') {
    const { said } = await runServiceManager(
      'systemctl',
      ['--user', 'is-active', name],
      environment,
    );
    return /^(?:active|inactive|failed|activating|deactivating|reloading)$/.test(said)
      ? said
      : null;
  }
  const { status, said } = await runServiceManager(
    'launchctl',
    ['print', launchdTarget(name)],
    environment,
  );
  if (status === undefined) return null;
  return status === 0 && /state = running/.test(said) ? 'active' : 'inactive';
}

/** How launchd names a service of this user. */
export function launchdTarget(name: string): string {
  return `${launchdDomain()}/${name}`;
}

export function launchdDomain(): string {
  return `gui/${process.getuid?.() ?? 0}`;
}

const ANSWER_TIME_MS = 15_000;

/** What a program said, and how it ended. */
export interface ProgramAnswer {
  /** `undefined`: it could not be started, or took too long. */
  readonly status: number | undefined;
  readonly said: string;
}

/** Runs the program of a service manager. Never throws. */
export function runServiceManager(
  program: string,
  args: readonly string[],
  environment: ServiceInput['environment'],
): Promise<ProgramAnswer> {
  return new Promise((resolve) => {
    const options = { env: { ...environment }, timeout: ANSWER_TIME_MS };
    execFile(program, [...args], options, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
      const said = (stdout.trim() || stderr.trim() || error?.message || '').slice(0, 2_000);
      resolve({ status, said });
    });
  });
}
