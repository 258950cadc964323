import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isJsonObject, parseJsonObject } from '../../core/json.ts';
import { shellWord } from '../../core/shell-word.ts';

/** The parts of tsx that are used here. */
export interface Tsx {
  readonly tsImport: (
    url: string,
    options: { readonly parentURL: string; readonly tsconfig: false },
  ) => Promise<unknown>;
}

/** A folder beside the handlers, where npm changes none of their files. */
const OWN_FOLDER = '.tsx';

/**
 * Returns the URL of tsx's module API: installed in or above `folder`, or beside waymark.
 * `undefined` if there is none.
 */
export function findTsx(folder: string): string | undefined {
  const places = [join(folder, OWN_FOLDER, 'x'), join(folder, 'x'), import.meta.filename];
  for (const place of places) {
    const url = tsxFrom(place);
    if (url !== undefined) return url;
  }
  return undefined;
}

/** Whether this Node runs TypeScript without tsx. */
export function readsTypeScript(): boolean {
  return 'typescript' in process.features && process.features.typescript !== false;
}

/**
 * Returns the command that installs tsx for the handlers of `folder`. Its install script has
 * nothing to do if npm chose the package of the platform.
 */
export function installTsxCommand(folder: string): string {
  return `npm install --ignore-scripts --prefix ${shellWord(join(folder, OWN_FOLDER))} tsx`;
}

/** Whether a loaded module is tsx's. */
export function isTsx(loaded: unknown): loaded is Tsx {
  return isJsonObject(loaded) && typeof loaded['tsImport'] === 'function';
}

/**
 * Resolves tsx as an ES module. `require.resolve` would find its CommonJS form, which cannot load
 * handlers that are ES modules.
 */
function tsxFrom(place: string): string | undefined {
  try {
    const manifest = createRequire(place).resolve('tsx/package.json');
    const exported = parseJsonObject(readFileSync(manifest, 'utf8'))?.['exports'];
    const api: unknown = isJsonObject(exported) ? exported['./esm/api'] : undefined;
    const form: unknown = isJsonObject(api) ? api['import'] : undefined;
    const file: unknown = isJsonObject(form) ? form['default'] : form;
    return typeof file === 'string' ? pathToFileURL(join(dirname(manifest), file)).href : undefined;
  } catch {
    return undefined; // Not installed there.
  }
}
