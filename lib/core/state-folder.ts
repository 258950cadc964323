import { lstatSync, mkdirSync, realpathSync } from 'node:fs';
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
  readonly recovery: string;
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
  const root = environment['WAYMARK_HOME'] ?? platformRoot(environment, platform);
  if (root === undefined || !isAbsolute(root)) {
    throw new WaymarkError(
      'HOME_UNUSABLE',
      `Cannot find the state folder: ${root === undefined ? 'HOME is not set' : `${root} is not an absolute path`}`,
    );
  }
  return stateFolderAt(root.endsWith('/') ? root.replace(/(?<=.)\/+$/, '') : root, environment);
}

/** The layout below `root`; touches nothing. */
export function stateFolderAt(root: string, environment: Environment = {}): StateFolder {
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
      return `${environment['XDG_RUNTIME_DIR'] || environment['TMPDIR']?.replace(/\/+$/, '') || environment['TEMP'] || '/tmp'}/waymark-recovery-${shortHash(root)}`;
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
    return realpathSync(path);
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

/** FNV-1a over UTF-16 units: names one state folder among those of one user; not for secrets. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}
