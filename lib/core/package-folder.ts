import { existsSync, readFileSync } from 'node:fs';
import { parseJsonObject, stringField } from './json.ts';
import { lazy } from './lazy.ts';

/**
 * The folder of the installed package: the parent of `dist/`. Found from the path of this module,
 * whether built (`dist/chunks/x.js`) or run from source.
 */
export const packageFolder = lazy(findPackageFolder);

function findPackageFolder(): string {
  let folder = import.meta.dirname.replaceAll('\\', '/');
  while (folder.includes('/')) {
    if (nameIn(folder) === 'waymark') return folder;
    folder = folder.slice(0, folder.lastIndexOf('/'));
  }
  throw new Error('Cannot find the package folder: no package.json of waymark above the program');
}

/** Returns the version in package.json. */
export function packageVersion(): string {
  return (
    stringField(
      parseJsonObject(readFileSync(`${packageFolder()}/package.json`, 'utf8')) ?? {},
      'version',
    ) ?? '0.0.0'
  );
}

/**
 * Returns the version in package.json and, for a built program, its build: `0.1.0+3f9a1c20b7d4`.
 * Two builds of one version differ in it.
 */
export function productVersion(
  program = import.meta.filename.replaceAll('\\', '/'),
  folder = packageFolder(),
): string {
  const build = program.startsWith(`${folder}/dist/`) ? buildIn(folder) : undefined;
  return build === undefined ? packageVersion() : `${packageVersion()}+${build}`;
}

/** Reads the build id that the build wrote. */
function buildIn(folder: string): string | undefined {
  try {
    return stringField(
      parseJsonObject(readFileSync(`${folder}/dist/build.json`, 'utf8')) ?? {},
      'build',
    );
  } catch {
    return undefined; // The version alone is enough.
  }
}

function nameIn(folder: string): string | undefined {
  const file = `${folder}/package.json`;
  // Checked first: a failed call costs more, and most folders have none.
  if (!existsSync(file)) return undefined;
  try {
    return stringField(parseJsonObject(readFileSync(file, 'utf8')) ?? {}, 'name');
  } catch {
    return undefined; // Unreadable.
  }
}
