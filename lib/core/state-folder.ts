import { mkdirSync, realpathSync } from 'node:fs';
import { WaymarkError } from './errors.ts';
import { type FolderFault, findFolderFault, USE_ANOTHER_FOLDER } from './folder-fault.ts';

/** All paths below `WAYMARK_HOME`. The state of the files is the state of the system. */
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
  /** Reports that were kept. */
  readonly reports: string;
  readonly heartbeat: string;
  readonly store: string;
  /** The search index. */
  readonly search: string;
  /** On another file system: events that could not be enqueued. */
  readonly recovery: RecoveryPlaces;
  /** Where queries read instead of {@link store}; left out: they read that. */
  readonly team?: TeamPlace;
}

/** The store of a team, and whose rows of it are read. */
export interface TeamPlace {
  /** Without a password. */
  readonly url: string;
  readonly password?: string;
  readonly filter: {
    readonly host?: string;
    readonly person?: string;
    readonly repository?: string;
  };
}

/**
 * Where `lib/queue/recovery-folder.ts` writes events. The same for every process of a user,
 * whatever its environment.
 */
export interface RecoveryPlaces {
  /** Folders shared by all users, the preferred one first. */
  readonly shared: readonly string[];
  /**
   * Name of this user's folder in a shared one. If another user took that name, `-1` to `-9` are
   * appended.
   */
  readonly user: string;
  /**
   * Names of this state folder's folder inside the user's. The first one is written, all are read.
   */
  readonly names: readonly string[];
  /** Variables from which earlier versions chose a folder. */
  readonly environment: Environment;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Finds the state folder of this user: `WAYMARK_HOME`, else the platform's folder for state
 * (`$XDG_STATE_HOME` or `~/.local/state`, `~/Library/Application Support`, `%LOCALAPPDATA%`).
 * @throws {@link WaymarkError} HOME_UNUSABLE if there is no absolute path.
 */
export function locateStateFolder(
  environment: Environment,
  platform: string = process.platform,
): StateFolder {
  const root = namedStateRoot(environment, platform);
  if (root === undefined || !isAbsolute(root, platform)) {
    throw new WaymarkError(
      'HOME_UNUSABLE',
      `Cannot find the state folder: ${root === undefined ? 'HOME is not set' : `${root} is not an absolute path`}`,
      { remedy: USE_ANOTHER_FOLDER },
    );
  }
  return stateFolderAt(withoutEndingSlash(root), environment);
}

/**
 * As {@link locateStateFolder}, for commands. Rejects a folder of another user, and a path where no
 * folder can exist.
 * @throws {@link WaymarkError} HOME_UNUSABLE.
 */
export function locateUsableStateFolder(environment: Environment): StateFolder {
  const folder = locateStateFolder(environment);
  const fault = findFolderFault(folder.root);
  if (fault === undefined || fault.kind === 'mode') return folder;
  throw homeUnusable(folder.root, fault);
}

/**
 * @throws {@link WaymarkError} HOME_UNUSABLE if the folder at `root` is not private to this user.
 */
export function requirePrivateFolder(root: string): void {
  const fault = findFolderFault(root);
  if (fault !== undefined) throw homeUnusable(root, fault);
}

export function homeUnusable(root: string, { problem, remedy }: FolderFault): WaymarkError {
  return new WaymarkError('HOME_UNUSABLE', `Cannot use ${root} as the state folder: ${problem}`, {
    remedy,
  });
}

/**
 * Returns the paths below `root`; changes nothing.
 * @param shared Folders in which the user's recovery folder may be. Default: those of the platform.
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
    reports: `${root}/reports`,
    heartbeat: `${root}/heartbeat`,
    store: `${root}/waymark.db`,
    search: `${root}/search.db`,
    get recovery() {
      return recoveryPlaces(root, environment, shared);
    },
  };
}

/**
 * Clears owner bits from the umask, so that this process can use the files and folders it creates.
 * Leaves the bits for others as the user set them: our files set their own modes.
 */
export function clearOwnerUmask(): void {
  const given = process.umask(0o077);
  process.umask(given & 0o077);
}

/**
 * Creates `path` and its parents with mode 0700, if missing.
 * @throws the errno of `mkdir`.
 */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** Resolves the links in `path`. Returns it unchanged if it does not exist. */
export function realPathOr(path: string): string {
  try {
    return realpathSync.native(path); // Takes a fifth of the time of the other one.
  } catch {
    return path; // Does not exist yet.
  }
}

/**
 * Finds the path of the state folder: `WAYMARK_HOME`, else the platform's folder for state.
 * `undefined` if there is no absolute path. For programs that begin before anything else is loaded.
 */
export function findStateRoot(
  environment: Environment,
  platform: string = process.platform,
): string | undefined {
  const root = namedStateRoot(environment, platform);
  return root === undefined || !isAbsolute(root, platform) ? undefined : withoutEndingSlash(root);
}

/** As {@link findStateRoot}, as it was written. */
function namedStateRoot(environment: Environment, platform: string): string | undefined {
  // Launchers and shell scripts also treat an empty name as unset.
  return environment['WAYMARK_HOME'] || platformRoot(environment, platform);
}

function withoutEndingSlash(path: string): string {
  return path.endsWith('/') ? path.replace(/(?<=.)\/+$/, '') : path;
}

export function isAbsolute(path: string, platform: string = process.platform): boolean {
  return path.startsWith('/') || (platform === 'win32' && /^[A-Za-z]:[\\/]/.test(path));
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
  // XDG rule: a relative path counts as unset.
  return `${state.startsWith('/') ? state : `${home}/.local/state`}/waymark`;
}

/**
 * Returns the shared folders. Runtime folders are emptied at logout and TMPDIR differs between
 * processes of one user; only macOS gives each user a folder of its own.
 */
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

/** FNV-1a over UTF-16 units. Tells the state folders of one user apart; not for secrets. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}
