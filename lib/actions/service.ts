import { lstatSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf, reasonOf, WaymarkError } from '../core/errors.ts';
import { readTextOrEmpty } from '../core/files.ts';
import { packageFolder } from '../core/package-folder.ts';
import { replaceFile } from '../core/replace-file.ts';
import { workerFlags } from '../hook/autostart.ts';
import {
  type ProgramAnswer,
  runServiceManager,
  isOwnServiceFile,
  launchdDomain,
  launchdTarget,
  type ServicePlace,
  servicePlace,
  readServiceState,
} from '../query/service.ts';
import type { ActionContext } from './action-context.ts';
import { stopWorkers } from './stop-workers.ts';

export interface ServiceRequest {
  readonly platform: string;
  /** Absolute path of the Node to start, and its version. */
  readonly node: string;
  readonly nodeVersion: string;
  /** The package with `dist/waymark.cjs`, where it stays. */
  readonly package: string;
  /** `false`: the file alone. */
  readonly starts: boolean;
}

/** What became of a service. */
export interface ServiceChange extends ServicePlace {
  /** Whether the file differs from what it was. */
  readonly changed: boolean;
  /** Whether the manager did what it was asked for; `null` when it was not asked. */
  readonly done: boolean | null;
  /** What the manager said when it did not. */
  readonly said: string | null;
}

/**
 * Describes the worker of this state folder to the system's service manager, and has it started now
 * and with each login. A worker that a hook started ends first. Run again it brings the paths up to
 * date.
 * @throws {@link WaymarkError} INSTALL_FAILED where there is no such manager, the file is
 * another's, or cannot be written.
 */
export async function installService(
  actionContext: ActionContext,
  request: ServiceRequest,
): Promise<ServiceChange> {
  const place = placeFor(actionContext, request.platform);
  const text = renderServiceFile(place, actionContext, request);
  const before = textAt(place.file);
  if (before !== '' && !isOwnServiceFile(before)) throw foreign(place.file, 'write');
  const changed = before !== text;
  if (changed) write(place.file, text);
  if (!request.starts) return { ...place, changed, done: null, said: null };
  await stopWorkers(actionContext);
  const answer = await start(place, actionContext.environment);
  return { ...place, changed, ...resultOf(answer) };
}

/**
 * Brings the paths in the file of a service up to date, if there is one. @returns whether they were
 * not.
 */
export async function renewService(
  actionContext: ActionContext,
  request: ServiceRequest,
): Promise<boolean> {
  const place = servicePlace({ ...actionContext, platform: request.platform });
  if (place === undefined) return false;
  const before = readTextOrEmpty(place.file);
  if (!isOwnServiceFile(before)) return false;
  const text = renderServiceFile(place, actionContext, request);
  if (text === before) return false;
  write(place.file, text);
  if (place.manager === 'systemd') await reload(actionContext.environment);
  return true;
}

/** Whether there is a service of this state folder that waymark made. */
export function hasService(
  actionContext: Pick<ActionContext, 'folder' | 'environment'>,
  platform: string,
): boolean {
  const place = servicePlace({ ...actionContext, platform });
  return place !== undefined && isOwnServiceFile(readTextOrEmpty(place.file));
}

const reload = (environment: ActionContext['environment']): Promise<ProgramAnswer> =>
  runServiceManager('systemctl', ['--user', 'daemon-reload'], environment);

/**
 * Stops the service and deletes its file; without one it does nothing.
 * @throws {@link WaymarkError} INSTALL_FAILED where the file is another's or cannot be deleted.
 */
export async function removeService(
  actionContext: Pick<ActionContext, 'folder' | 'environment'>,
  platform: string,
): Promise<ServiceChange | undefined> {
  const place = servicePlace({ ...actionContext, platform });
  if (place === undefined) return undefined;
  const before = textAt(place.file);
  if (before === '') return { ...place, changed: false, done: null, said: null };
  if (!isOwnServiceFile(before)) throw foreign(place.file, 'delete');
  const isKnown = await isKnownTo(place, actionContext.environment);
  const answer = isKnown ? await stop(place, actionContext.environment) : undefined;
  try {
    rmSync(place.file, { force: true });
    if (place.manager === 'systemd') rmSync(wishOf(place), { force: true });
  } catch (error) {
    throw new WaymarkError('INSTALL_FAILED', `Cannot delete ${place.file}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  if (answer === undefined) return { ...place, changed: true, done: null, said: null };
  if (place.manager === 'systemd') await reload(actionContext.environment);
  return { ...place, changed: true, ...resultOf(answer) };
}

/** By this link systemd starts a service at login. */
const wishOf = ({ file, name }: ServicePlace): string =>
  `${dirname(file)}/default.target.wants/${name}`;

/**
 * Whether the manager starts the service, or runs it: of a file that was written with `--no-start`
 * it knows nothing.
 */
async function isKnownTo(
  place: ServicePlace,
  environment: ActionContext['environment'],
): Promise<boolean> {
  if (lstatSync(wishOf(place), { throwIfNoEntry: false }) !== undefined) return true;
  const state = await readServiceState(place, environment);
  return state !== null && state !== 'inactive';
}

function placeFor({ folder, environment }: ActionContext, platform: string): ServicePlace {
  const place = servicePlace({ folder, environment, platform });
  if (place !== undefined) return place;
  throw new WaymarkError(
    'INSTALL_FAILED',
    'Cannot install a service: there is neither systemd nor launchd here',
    { remedy: 'Hooks start the worker when needed; nothing is lost without a service.' },
  );
}

const resultOf = ({ status, said }: ProgramAnswer): Pick<ServiceChange, 'done' | 'said'> =>
  status === 0 ? { done: true, said: null } : { done: false, said };

/** The text of a file of waymark or of another program; '' where there is none. */
function textAt(file: string): string {
  try {
    if (lstatSync(file).size > MAX_BYTES) return 'too large';
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return '';
    throw new WaymarkError('INSTALL_FAILED', `Cannot read ${file}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

const MAX_BYTES = 65_536;

function write(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    replaceFile(file, text, { mode: 0o644 });
  } catch (error) {
    throw new WaymarkError('INSTALL_FAILED', `Cannot write ${file}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function foreign(file: string, verb: string): WaymarkError {
  return new WaymarkError('INSTALL_FAILED', `Cannot ${verb} ${file}: waymark did not write it`, {
    remedy: 'Move that file, then try again.',
  });
}

async function start(
  { manager, name, file }: ServicePlace,
  environment: ActionContext['environment'],
): Promise<ProgramAnswer> {
  if (manager === 'launchd') {
    // one that is not there yet
    await runServiceManager('launchctl', ['bootout', launchdTarget(name)], environment);
    return runServiceManager('launchctl', ['bootstrap', launchdDomain(), file], environment);
  }
  const reloaded = await reload(environment);
  if (reloaded.status !== 0) return reloaded;
  const enabled = await runServiceManager('systemctl', ['--user', 'enable', name], environment);
  if (enabled.status !== 0) return enabled;
  return runServiceManager('systemctl', ['--user', 'restart', name], environment);
}

function stop(
  { manager, name }: ServicePlace,
  environment: ActionContext['environment'],
): Promise<ProgramAnswer> {
  return manager === 'launchd'
    ? runServiceManager('launchctl', ['bootout', launchdTarget(name)], environment)
    : runServiceManager('systemctl', ['--user', 'disable', '--now', name], environment);
}

/** What the service gets of the environment: where things are, and no key of anything. */
const KEPT = ['PATH', 'XDG_STATE_HOME', 'CLAUDE_CONFIG_DIR'];

/**
 * The content of the service file. @throws {@link WaymarkError} INSTALL_FAILED for a path with a
 * line break in it.
 */
export function renderServiceFile(
  { manager, name }: ServicePlace,
  { folder, environment }: ActionContext,
  request: ServiceRequest,
): string {
  const command = [
    ...[request.node, ...workerFlags(request.nodeVersion), `${request.package}/dist/waymark.cjs`],
    ...['worker', '--background', '--idle-exit', '0'],
  ];
  const kept = KEPT.flatMap((key) => {
    const value = environment[key];
    return value === undefined || value === '' ? [] : [[key, value] as const];
  });
  const variables = [...kept, ['WAYMARK_HOME', folder.root] as const];
  for (const text of [...command, ...variables.map(([, value]) => value)])
    if (/[\u0000-\u001f\u007f]/.test(text))
      throw new WaymarkError(
        'INSTALL_FAILED',
        'Cannot install a service: a path has a control character in it',
        { remedy: 'Check PATH, and the paths of Node, waymark and its state folder.' },
      );
  const isUnit = manager === 'systemd';
  const template = readFileSync(
    `${packageFolder()}/templates/service/waymark.${isUnit ? 'service' : 'plist'}`,
    'utf8',
  );
  const values: Readonly<Record<string, string>> = {
    NAME: name,
    COMMAND: isUnit
      ? command.map(inCommand).join(' ')
      : command.map((word) => `    <string>${inXml(word)}</string>`).join('\n'),
    ENVIRONMENT: variables
      .map(([key, value]) =>
        isUnit
          ? `Environment="${inUnit(`${key}=${value}`)}"`
          : `    <key>${key}</key>\n    <string>${inXml(value)}</string>`,
      )
      .join('\n'),
  };
  return template.replace(/@([A-Z]+)@/g, (_, key: string) => values[key] ?? '');
}

/** In quotes; systemd expands `%` everywhere, and `$` in each word of a command but the first. */
const inUnit = (text: string): string => text.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%');
const inCommand = (word: string, index: number): string =>
  `"${index === 0 ? inUnit(word) : inUnit(word).replaceAll('$', '$$$$')}"`;

const inXml = (text: string): string => text.replace(/[&<>"]/g, (sign) => XML_SIGNS[sign] ?? sign);

const XML_SIGNS: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' },
};
