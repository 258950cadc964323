import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseJsonObject, stringField } from './json.ts';

/** The folder of the installed package: `dist/` lies in it. Found from this module, whether built (`dist/chunks/x.js`) or run from source. */
export function packageFolder(): string {
  let folder = fileURLToPath(new URL('.', import.meta.url))
    .replaceAll('\\', '/')
    .replace(/\/$/, '');
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
