import { existsSync, realpathSync } from 'node:fs';
import { parseJsonObject } from './json.ts';
import { readPlainFile } from './read-plain-file.ts';
import { shellWord } from './shell-word.ts';

/** How this process was started. */
export interface Started {
  /** The running package: the parent of `dist/`. */
  readonly packageFolder: string;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /**
   * The `bin` folder of the state folder, where the installer creates its own `waymark`. Missing:
   * there is no state folder.
   */
  readonly bin?: string | undefined;
}

/**
 * Matches a small script that starts some `waymark` without being a link to it. npm, pnpm and yarn
 * create such scripts on Windows and beside linked stores; so do we.
 */
const SHIM = /\bwaymark[\\/]dist[\\/]waymark\.cjs|^# waymark's command line/m;

/**
 * Returns what a person types in this folder to start this `waymark`: its name, if a shell finds
 * it; else `npx waymark`, if the package is installed for this project or npx fetched it; else the
 * path of a file, which begins with `~` below the home folder.
 */
export function ownCommand(started: Started): string {
  const script = `${started.packageFolder}/dist/waymark.cjs`;
  if (isOnPath(script, started.environment)) return 'waymark';
  if (isInProject(script, started.cwd)) return 'npx waymark';
  const fetched = fetchedBy(started.packageFolder);
  if (fetched !== undefined) return fetched;
  const near = pathFrom(started.cwd, script);
  const installed = installedCommand(started);
  const { HOME } = started.environment;
  if (near !== undefined) return `node ${shellWord(near)}`;
  return installed !== undefined ? typedPath(installed, HOME) : `node ${typedPath(script, HOME)}`;
}

/**
 * Returns a command that starts this `waymark` from any folder, for texts that are read elsewhere:
 * its name, if a shell finds it; else the file in the state folder; else the path of its program.
 */
export function commandAnywhere(started: Omit<Started, 'cwd'>): string {
  const script = `${started.packageFolder}/dist/waymark.cjs`;
  if (isOnPath(script, started.environment)) return 'waymark';
  const installed = installedCommand(started);
  if (installed !== undefined) return shellWord(installed);
  return realPath(script) === undefined ? 'waymark' : `node ${shellWord(script)}`;
}

/** Far more than such a script or note has. */
const MAX_SCRIPT_BYTES = 65_536;

/** Replaces each `waymark …` in backticks in one of our texts with what a person types here. */
export function withOwnCommand(text: string, own: string): string {
  return text.replaceAll('`waymark ', () => `\`${own} `);
}

/** Shortens a path below the home folder to `~/…`, where it needs no quotes: a quoted `~` stays. */
function typedPath(path: string, home: string | undefined): string {
  if (home === undefined || home.length < 2 || !path.startsWith(`${home}/`)) return shellWord(path);
  const rest = path.slice(home.length + 1);
  return shellWord(rest) === rest ? `~/${rest}` : shellWord(path);
}

function isOnPath(script: string, { PATH, Path }: Started['environment']): boolean {
  const folders = (PATH ?? Path ?? '').split(process.platform === 'win32' ? ';' : ':');
  return (
    folders
      // npx adds these in front.
      .filter((folder) => folder !== '' && !/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(folder))
      .some(
        (folder) => starts(`${folder}/waymark`, script) || starts(`${folder}/waymark.cmd`, script),
      )
  );
}

function isInProject(script: string, cwd: string): boolean {
  for (let folder = cwd.replaceAll('\\', '/'); ; ) {
    if (starts(`${folder}/node_modules/.bin/waymark`, script)) return true;
    if (!folder.includes('/')) return false;
    folder = folder.slice(0, folder.lastIndexOf('/'));
  }
}

/** Whether `file` is a link to our script, or a small script that starts one. */
function starts(file: string, script: string): boolean {
  if (!existsSync(file)) return false; // An error for each folder of PATH would cost 4 ms.
  const real = realPath(file);
  if (real === undefined) return false;
  return real === realPath(script) || SHIM.test(headOf(real));
}

/**
 * Finds what npx was asked to fetch. npx keeps packages below `_npx`, with a note of the request.
 */
function fetchedBy(packageFolder: string): string | undefined {
  const [cache, below] = packageFolder.split(/[\\/]node_modules[\\/](?=waymark$)/);
  if (below === undefined || !/[\\/]_npx[\\/][^\\/]+$/.test(cache ?? '')) return undefined;
  const note = parseJsonObject(headOf(`${cache}/package.json`))?.['_npx'];
  const asked = noteOf(note);
  return `npx -p ${shellWord(asked ?? 'waymark')} waymark`;
}

function noteOf(note: unknown): string | undefined {
  if (typeof note !== 'object' || note === null || !('packages' in note)) return undefined;
  const first: unknown = Array.isArray(note.packages) ? note.packages[0] : undefined;
  return typeof first === 'string' ? first : undefined;
}

/** Returns the `waymark` of the state folder, if it was installed from this package. */
function installedCommand({ bin }: Pick<Started, 'bin'>): string | undefined {
  return bin !== undefined && realPath(`${bin}/waymark`) !== undefined
    ? `${bin}/waymark`
    : undefined;
}

/** Returns a relative path for a file below `folder`. */
function pathFrom(folder: string, file: string): string | undefined {
  const from = realPath(folder) ?? folder;
  return file.startsWith(`${from}/`) ? file.slice(from.length + 1) : undefined;
}

function headOf(file: string): string {
  const read = readPlainFile(file, { maxBytes: MAX_SCRIPT_BYTES, followsLinks: true });
  return read !== undefined && 'text' in read ? read.text : ''; // Unreadable: it names nothing.
}

function realPath(file: string): string | undefined {
  // Checked first because most folders have none, and a failed call costs more than all the other
  // checks.
  if (!existsSync(file)) return undefined;
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}
