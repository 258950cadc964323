import * as nodeModule from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { findTsx, installTsxCommand, isTsx, readsTypeScript } from './find-tsx.ts';

/** The specifier that resolves to our API, also in a module outside of any package. */
const API = 'waymark';

/**
 * Loads a user module and returns its exports. Loads TypeScript with tsx, or with Node if there is
 * no tsx and Node can.
 * @param api The file of our API.
 */
export async function loadModule(path: string, api: string): Promise<JsonObject> {
  provideApi(api);
  const url = pathToFileURL(path).href;
  const loaded: unknown = /\.m?ts$/.test(path)
    ? await importTypeScript(path, url)
    : await import(url);
  return isJsonObject(loaded) ? unwrapped(loaded) : {};
}

/**
 * Returns the exports. In a module that was compiled to CommonJS, `default` contains all of them,
 * including the default one.
 */
function unwrapped(loaded: JsonObject): JsonObject {
  const all = loaded['default'];
  return isJsonObject(all) && all['__esModule'] === true ? { ...loaded, ...all } : loaded;
}

async function importTypeScript(path: string, url: string): Promise<unknown> {
  const folder = dirname(path);
  const tsx = findTsx(folder);
  const loaded: unknown = tsx === undefined ? undefined : await import(tsx);
  // A tsconfig would be that of any folder in which this runs.
  if (isTsx(loaded)) return loaded.tsImport(url, { parentURL: import.meta.url, tsconfig: false });
  if (readsTypeScript()) return import(url);
  throw new Error(
    `TypeScript needs tsx on this Node. Run: ${installTsxCommand(folder)} - or use Node 22.18 or later, or write the handler as .mjs`,
  );
}

const RESOLVE = `let api;
export const initialize = (given) => { api = given; };
export const resolve = (name, context, next) => (name === '${API}' ? { url: api, shortCircuit: true } : next(name, context));`;

/** Makes `import` and `require` find our API, whatever the folder of the module. */
function provideApi(api: string): void {
  const url = pathToFileURL(api).href;
  if (typeof nodeModule.registerHooks === 'function') {
    nodeModule.registerHooks({
      resolve: (name, context, next) =>
        name === API ? { url, shortCircuit: true } : next(name, context),
    });
  } else {
    nodeModule.register(`data:text/javascript,${encodeURIComponent(RESOLVE)}`, { data: url });
  }
  // tsx compiles a .ts file outside of a package to CommonJS, whose `require` asks here.
  const before: unknown = Reflect.get(nodeModule.Module, '_resolveFilename');
  if (typeof before !== 'function') return;
  Reflect.set(
    nodeModule.Module,
    '_resolveFilename',
    function resolveFilename(this: unknown, name: unknown, ...rest: readonly unknown[]): unknown {
      return name === API ? api : Reflect.apply(before, this, [name, ...rest]);
    },
  );
}
