import { mkdirSync, realpathSync } from 'node:fs';
import { WaymarkError } from './errors.ts';
import { type FolderFault, folderFault, USE_ANOTHER } from './folder-fault.ts';

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
  /** The search index. */
  readonly search: string;
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
  if (root === undefined || !isAbsolute(root, platform)) {
    throw new WaymarkError(
      'HOME_UNUSABLE',
      `Cannot find the state folder: ${root === undefined ? 'HOME is not set' : `${root} is not an absolute path`}`,
      { remedy: USE_ANOTHER },
    );
  }
  return stateFolderAt(root.endsWith('/') ? root.replace(/(?<=.)\/+$/, '') : root, environment);
}

/**
 * For commands: the same, but not one that belongs to another user, nor a path under which no folder can be.
 * @throws {@link WaymarkError} HOME_UNUSABLE.
 */
export function usableStateFolder(environment: Environment): StateFolder {
  const folder = locateStateFolder(environment);
  const fault = folderFault(folder.root);
  if (fault === undefined || fault.kind === 'mode') return folder;
  throw homeUnusable(folder.root, fault);
}

/** @throws {@link WaymarkError} HOME_UNUSABLE when the folder at `root` is not this user's alone. */
export function requirePrivate(root: string): void {
  const fault = folderFault(root);
  if (fault !== undefined) throw homeUnusable(root, fault);
}

export function homeUnusable(root: string, { problem, remedy }: FolderFault): WaymarkError {
  return new WaymarkError('HOME_UNUSABLE', `Cannot use ${root} as the state folder: ${problem}`, {
    remedy,
  });
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
    search: `${root}/search.db`,
    get recovery() {
      return recoveryPlaces(root, environment, shared);
    },
  };
}

/**
 * Sees to it that this process can use the files and folders that it makes, also under an umask that takes its own rights away. What others may do stays as the user set it:
 * our own files have modes of their own.
 */
export function keepOwnRights(): void {
  const given = process.umask(0o077);
  process.umask(given & 0o077);
}

/** Makes `path` and its parents with mode 0700, if missing. @throws whatever `mkdir` throws. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
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
  const state = environment['XDG_STATE_HOME'] ?? '';
  // the XDG rules: a relative path counts as none
  return `${state.startsWith('/') ? state : `${home}/.local/state`}/waymark`;
}

export function isAbsolute(path: string, platform: string = process.platform): boolean {
  return path.startsWith('/') || (platform === 'win32' && /^[A-Za-z]:[\\/]/.test(path));
}

/** A runtime folder is emptied at logout, and TMPDIR differs between processes of one user; only macOS gives each user a folder of its own. */
function sharedFolders(environment: Environment): readonly string[] {
  if (process.platform === 'win32') return [environment['TEMP'] ?? environment['TMP'] ?? 'C:/Temp'];
  const own = process.platform === 'darwin' ? environment['TMPDIR'] : undefined;
  return [...(own?.startsWith('/') ? [own] : []), '/var/tmp', '/tmp'];
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
