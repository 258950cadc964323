import { readTextOrEmpty } from '../../core/files.ts';
import { isJsonObject, objectField, parseJsonObject, stringField } from '../../core/json.ts';
import { replaceFile } from '../../core/replace-file.ts';
import { makePrivateFolder } from '../../core/state-folder.ts';
import { type FoundHandler, readHandlers } from './runner-protocol.ts';

/**
 * Caches what modules export, so that a worker knows their subscriptions before it has loaded them,
 * and misses no event of its first moments.
 */
export interface DescriptionCache {
  /** Returns what the module exported when it had this signature. */
  find(path: string, signature: string): readonly FoundHandler[] | undefined;
  keep(path: string, signature: string, handlers: readonly FoundHandler[]): void;
}

const MOST = 200;

/**
 * @param folder The folder of the file. If the file cannot be read or written, the cache is empty.
 */
export function descriptionCache(folder: string): DescriptionCache {
  const file = `${folder}/handlers.json`;
  const read = (): Readonly<Record<string, unknown>> =>
    objectField(parseJsonObject(readTextOrEmpty(file)) ?? {}, 'modules');
  return {
    find: (path, signature) => {
      const known = read()[path];
      return isJsonObject(known) && stringField(known, 'signature') === signature
        ? readHandlers(known['handlers'])
        : undefined;
    },
    keep: (path, signature, handlers) => {
      const others = Object.entries(read()).filter(([other]) => other !== path);
      const modules = Object.fromEntries([...others.slice(-MOST), [path, { signature, handlers }]]);
      try {
        makePrivateFolder(folder);
        replaceFile(file, JSON.stringify({ version: 1, modules }), { mode: 0o600, fsync: false });
      } catch {
        // The next worker loads the module again.
      }
    },
  };
}
