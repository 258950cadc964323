import * as nodeModule from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { findTsx, installTsxCommand, isTsx, readsTypeScript } from './find-tsx.ts';

/** What `import … from 'waymark'` means in a module outside of any package. */
const API = 'waymark';

/**
 * What a module of the user's exports. TypeScript goes through tsx, or through Node where there is no tsx and Node can.
 * @param api Our API, a file.
 */
export async function loadModule(path: string, api: string): Promise<JsonObject> {
  provideApi(api);
  const url = pathToFileURL(path).href;
  const loaded: unknown = /\.m?ts$/.test(path)
    ? await importTypeScript(path, url)
    : await import(url);
  return isJsonObject(loaded) ? unwrapped(loaded) : {};
}

/** Of what was turned into CommonJS, `default` is all exports together, the default one among them. */
function unwrapped(loaded: JsonObject): JsonObject {
  const all = loaded['default'];
  return isJsonObject(all) && all['__esModule'] === true ? { ...loaded, ...all } : loaded;
}

async function importTypeScript(path: string, url: string): Promise<unknown> {
  const folder = dirname(path);
  const tsx = findTsx(folder);
  const loaded: unknown = tsx === undefined ? undefined : await import(tsx);
  if (isTsx(loaded)) return loaded.tsImport(url, { parentURL: import.meta.url, tsconfig: false }); // a tsconfig would be that of whatever folder this runs in
  if (readsTypeScript()) return import(url);
  throw new Error(
    `TypeScript needs tsx on this Node. Run: ${installTsxCommand(folder)} - or use Node 22.18 or later, or write the handler as .mjs`,
  );
}

const RESOLVE = `let api;
export const initialize = (given) => { api = given; };
export const resolve = (name, context, next) => (name === '${API}' ? { url: api, shortCircuit: true } : next(name, context));`;

/** Lets `import` and `require` find us, whatever the folder of the module. */
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
  // tsx turns a .ts file in no package into CommonJS, whose `require` asks here
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
