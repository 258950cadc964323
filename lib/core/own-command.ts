import { readFileSync, realpathSync } from 'node:fs';
import { parseJsonObject } from './json.ts';
import { shellWord } from './shell-word.ts';

/** What a process knows of how it was started. */
export interface Started {
  /** The package that runs: the parent of `dist/`. */
  readonly packageFolder: string;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The `bin` of the state folder, where the installer puts a `waymark` of its own; left out: there is no state folder. */
  readonly bin?: string | undefined;
}

/** A file that starts some `waymark` without being a link to it: what npm, pnpm and yarn make on Windows and beside stores of links, and our own ones. */
const SHIM = /\bwaymark[\\/]dist[\\/]waymark\.cjs|^# waymark's command line/m;

/**
 * What a person types here to start this `waymark`: the name, if a shell finds it; else through npx where the package is installed for this project or was
 * fetched by npx; else by the path of a file.
 */
export function ownCommand(started: Started): string {
  const script = `${started.packageFolder}/dist/waymark.cjs`;
  if (isOnPath(script, started.environment)) return 'waymark';
  if (isInProject(script, started.cwd)) return 'npx waymark';
  const fetched = fetchedBy(started.packageFolder);
  if (fetched !== undefined) return fetched;
  const near = pathFrom(started.cwd, script);
  const installed = installedCommand(started);
  return near === undefined && installed !== undefined
    ? shellWord(installed)
    : `node ${shellWord(near ?? script)}`;
}

/** A text of ours, which names commands as `waymark …` in backticks, with those as a person types them here. */
export function withOwnCommand(text: string, own: string): string {
  return text.replaceAll('`waymark ', () => `\`${own} `);
}

function isOnPath(script: string, { PATH, Path }: Started['environment']): boolean {
  const folders = (PATH ?? Path ?? '').split(process.platform === 'win32' ? ';' : ':');
  return folders
    .filter((folder) => folder !== '' && !/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(folder)) // npx puts those in front
    .some(
      (folder) => starts(`${folder}/waymark`, script) || starts(`${folder}/waymark.cmd`, script),
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
  const real = realPath(file);
  if (real === undefined) return false;
  return real === realPath(script) || SHIM.test(headOf(real));
}

/** npx keeps what it fetched below `_npx`, with a note of what it was asked for. */
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

/** The `waymark` of the state folder, where that was installed. */
function installedCommand({ bin }: Started): string | undefined {
  return bin !== undefined && realPath(`${bin}/waymark`) !== undefined
    ? `${bin}/waymark`
    : undefined;
}

/** The way to a file below `folder`. */
function pathFrom(folder: string, file: string): string | undefined {
  const from = realPath(folder) ?? folder;
  return file.startsWith(`${from}/`) ? file.slice(from.length + 1) : undefined;
}

function headOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').slice(0, 4_000);
  } catch {
    return ''; // not there, or not to be read: it names nothing
  }
}

function realPath(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}
