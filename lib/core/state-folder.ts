import { lstatSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { errnoOf, WaymarkError } from './errors.ts';

/** Every path under `WAYMARK_HOME`. The folder's state is the system's state. */
export interface StateFolder {
  readonly root: string;
  readonly configFile: string;
  readonly bin: string;
  readonly queue: string;
  readonly wake: string;
  readonly leaderLock: string;
  readonly throttle: string;
  readonly views: string;
  readonly log: string;
  readonly archive: string;
  readonly heartbeat: string;
  readonly store: string;
  /** On another file system: what could not be enqueued. */
  readonly recovery: RecoveryPlaces;
}

/** Where `lib/queue/recovery-folder.ts` keeps events. The same for every process of a user, whatever its environment. */
export interface RecoveryPlaces {
  /** Folders shared by all users, best first. */
  readonly shared: readonly string[];
  /** Name of this user's folder in one of them; where another user took the name, `-1` to `-9` are added. */
  readonly user: string;
  /** Names of this state folder's folder below the user's: the first is written, all are read. */
  readonly names: readonly string[];
  /** By which earlier versions chose a folder. */
  readonly environment: Environment;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The state folder of this user: `WAYMARK_HOME`, else the platform's place for state
 * (`$XDG_STATE_HOME` or `~/.local/state`, `~/Library/Application Support`, `%LOCALAPPDATA%`).
 * @throws {@link WaymarkError} HOME_UNUSABLE when no absolute path can be found.
 */
export function locateStateFolder(
  environment: Environment,
  platform: string = process.platform,
): StateFolder {
  // launchers and shell scripts take an empty name for none, too
  const root = environment['WAYMARK_HOME'] || platformRoot(environment, platform);
  if (root === undefined || !isAbsolute(root)) {
    throw new WaymarkError(
      'HOME_UNUSABLE',
      `Cannot find the state folder: ${root === undefined ? 'HOME is not set' : `${root} is not an absolute path`}`,
    );
  }
  return stateFolderAt(root.endsWith('/') ? root.replace(/(?<=.)\/+$/, '') : root, environment);
}

/**
 * For commands: the same, but not a path under which no folder can be.
 * @throws {@link WaymarkError} HOME_UNUSABLE.
 */
export function usableStateFolder(environment: Environment): StateFolder {
  const folder = locateStateFolder(environment);
  if (isFolderOrMissing(folder.root)) return folder;
  throw new WaymarkError(
    'HOME_UNUSABLE',
    `Cannot use ${folder.root} as the state folder: it, or a part of its path, is no folder`,
  );
}

function isFolderOrMissing(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? true;
  } catch (error) {
    return !['ENOTDIR', 'ELOOP'].includes(errnoOf(error));
  }
}

/**
 * The layout below `root`; changes nothing.
 * @param shared Folders in which the user's recovery folder may be; left out: the platform's.
 */
export function stateFolderAt(
  root: string,
  environment: Environment = {},
  shared: readonly string[] = sharedFolders(environment),
): StateFolder {
  return {
    root,
    configFile: `${root}/config.json`,
    bin: `${root}/bin`,
    queue: `${root}/queue`,
    wake: `${root}/wake`,
    leaderLock: `${root}/worker.lock`,
    throttle: `${root}/throttle`,
    views: `${root}/views`,
    log: `${root}/log`,
    archive: `${root}/archive`,
    heartbeat: `${root}/heartbeat`,
    store: `${root}/waymark.db`,
    get recovery() {
      return recoveryPlaces(root, environment, shared);
    },
  };
}

/** Makes `path` and its parents with mode 0700, if missing. @throws whatever `mkdir` throws. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** Whether `path` is a real folder (no symbolic link) that belongs to this user and is closed to others. */
export function isPrivateFolder(path: string): boolean {
  try {
    const found = lstatSync(path);
    const mine = process.getuid === undefined || found.uid === process.getuid();
    return (
      found.isDirectory() && mine && (process.platform === 'win32' || (found.mode & 0o077) === 0)
    );
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    return false;
  }
}

/** `path` with links resolved, or as it is when it does not exist. */
export function realPathOr(path: string): string {
  try {
    return realpathSync.native(path); // a fifth of the time of the other
  } catch {
    return path; // not there yet
  }
}

function platformRoot(environment: Environment, platform: string): string | undefined {
  const home = environment['HOME'];
  if (platform === 'win32') {
    const local = environment['LOCALAPPDATA'] ?? environment['USERPROFILE'];
    return local === undefined ? undefined : `${local.replaceAll('\\', '/')}/waymark`;
  }
  if (home === undefined || home === '') return undefined;
  if (platform === 'darwin') return `${home}/Library/Application Support/waymark`;
  return `${environment['XDG_STATE_HOME'] || `${home}/.local/state`}/waymark`;
}

function isAbsolute(path: string): boolean {
  return path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path);
}

/** A runtime folder is emptied at logout, and TMPDIR differs between processes of one user; only macOS gives each user a folder of its own. */
function sharedFolders(environment: Environment): readonly string[] {
  if (process.platform === 'win32') return [environment['TEMP'] ?? environment['TMP'] ?? 'C:/Temp'];
  const own = process.platform === 'darwin' ? environment['TMPDIR'] : undefined;
  return [...(own ? [own] : []), '/var/tmp', '/tmp'];
}

function recoveryPlaces(
  root: string,
  environment: Environment,
  shared: readonly string[],
): RecoveryPlaces {
  return {
    shared,
    user: `waymark-${process.getuid?.() ?? 'user'}`,
    names: [...new Set([shortHash(realPathOr(root)), shortHash(root)])],
    environment,
  };
}

/** FNV-1a over UTF-16 units: names one state folder among those of one user; not for secrets. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}
