import {
  chmodSync,
  copyFileSync,
  constants,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { errnoOf, reasonOf, WaymarkError } from '../core/errors.ts';
import { packageFolder } from '../core/package-folder.ts';
import { makePrivateFolder, type StateFolder } from '../core/state-folder.ts';
import { findTsx, installTsxCommand, readsTypeScript } from '../delivery/handlers/find-tsx.ts';
import { baseName } from '../delivery/handlers/scan-folder.ts';

const LANGUAGES = {
  shell: { template: 'shell.sh', ending: '.sh', mode: 0o700 },
  python: { template: 'python.py', ending: '.py', mode: 0o700 },
  ts: { template: 'typescript.ts', ending: '.ts', mode: 0o600 },
} as const;

type Language = keyof typeof LANGUAGES;

/** What a new handler may be written in. */
export const LANGUAGE_NAMES: readonly Language[] = ['shell', 'python', 'ts'];

/** The command that makes handlers in TypeScript run; `undefined` where they do. */
export function findTypeScriptInstallCommand({ root }: StateFolder): string | undefined {
  const folder = `${root}/handlers`;
  if (readsTypeScript() || findTsx(folder) !== undefined) return undefined;
  return installTsxCommand(folder);
}

/** A name as it was given, which may be that of a file: `notify.py` is `notify` in Python. */
export function parseHandlerName(given: string): {
  readonly name: string;
  readonly language?: Language;
} {
  const language = LANGUAGE_NAMES.find((each) => given.endsWith(LANGUAGES[each].ending));
  return language === undefined
    ? { name: given }
    : { name: given.slice(0, -LANGUAGES[language].ending.length), language };
}

/**
 * Writes a handler that works as it is into the folder of handlers, which is made if it is missing.
 * @returns its path.
 * @throws {@link WaymarkError} USAGE when the name will not do or is taken, HOME_UNUSABLE when it
 * cannot be written.
 */
export async function createHandler(
  { root }: StateFolder,
  name: string,
  language: Language,
): Promise<string> {
  const folder = `${root}/handlers`;
  if (!/^[A-Za-z0-9][\w-]{0,63}$/.test(name))
    throw new WaymarkError('USAGE', `Cannot create handler ${name}: use letters, digits, _ and -`, {
      remedy: 'Give it another name.',
    });
  const { template, ending, mode } = LANGUAGES[language];
  const taken = filesIn(folder).find((file) => baseName(file) === name);
  if (taken !== undefined)
    throw new WaymarkError('USAGE', `Cannot create handler ${name}: ${folder}/${taken} exists`, {
      remedy: 'Choose another name, or move that file.',
    });
  const path = `${folder}/${name}${ending}`;
  try {
    makePrivateFolder(folder);
    copyFileSync(
      `${packageFolder()}/templates/handlers/${template}`,
      path,
      constants.COPYFILE_EXCL,
    );
    chmodSync(path, mode);
  } catch (error) {
    throw new WaymarkError(
      'HOME_UNUSABLE',
      `Cannot create handler ${name}: ${errnoOf(error) || reasonOf(error)} at ${path}`,
      {
        cause: error,
        remedy: 'Check who owns the folder, and who may write to it.',
      },
    );
  }
  if (language === 'ts') linkTypes(folder);
  return path;
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not there, or of no use: writing says which
  }
}

/**
 * Lets an editor find the types of `waymark` from a folder; best effort. The process that runs a
 * module needs no such link.
 */
function linkTypes(folder: string): void {
  const link = `${folder}/node_modules/waymark`;
  try {
    mkdirSync(`${folder}/node_modules`, { recursive: true, mode: 0o700 });
    rmSync(link, { force: true });
    symlinkSync(packageFolder(), link, 'dir');
  } catch (error) {
    if (errnoOf(error) === '') throw error; // no links here: the editor shows no types
  }
}
