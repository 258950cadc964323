import { readFileSync } from 'node:fs';
import { parseJsonObject, stringField } from './json.ts';

/** The folder of the installed package: the parent of `dist/`. Found from this module, whether built (`dist/chunks/x.js`) or run from source. */
export function packageFolder(): string {
  let folder = import.meta.dirname.replaceAll('\\', '/');
  while (folder.includes('/')) {
    if (nameIn(folder) === 'waymark') return folder;
    folder = folder.slice(0, folder.lastIndexOf('/'));
  }
  throw new Error('Cannot find the package folder: no package.json of waymark above the program');
}

/** The version in package.json. */
export function packageVersion(): string {
  return (
    stringField(
      parseJsonObject(readFileSync(`${packageFolder()}/package.json`, 'utf8')) ?? {},
      'version',
    ) ?? '0.0.0'
  );
}

/** The version in package.json and, of a built program, which build it is: `0.1.0+3f9a1c20b7d4`. Two builds of one version differ in it. */
export function productVersion(
  program = import.meta.filename.replaceAll('\\', '/'),
  folder = packageFolder(),
): string {
  const build = program.startsWith(`${folder}/dist/`) ? buildIn(folder) : undefined;
  return build === undefined ? packageVersion() : `${packageVersion()}+${build}`;
}

/** What the build noted of itself. */
function buildIn(folder: string): string | undefined {
  try {
    return stringField(
      parseJsonObject(readFileSync(`${folder}/dist/build.json`, 'utf8')) ?? {},
      'build',
    );
  } catch {
    return undefined; // a version says enough
  }
}

function nameIn(folder: string): string | undefined {
  try {
    return stringField(
      parseJsonObject(readFileSync(`${folder}/package.json`, 'utf8')) ?? {},
      'name',
    );
  } catch {
    return undefined; // no package.json here
  }
}
