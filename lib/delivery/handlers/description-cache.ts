import { readTextOrEmpty } from '../../core/files.ts';
import { isJsonObject, objectField, parseJsonObject, stringField } from '../../core/json.ts';
import { replaceFile } from '../../core/replace-file.ts';
import { makePrivateFolder } from '../../core/state-folder.ts';
import { type FoundHandler, readHandlers } from './runner-protocol.ts';

/** Remembers what modules export, so that a worker knows their subscriptions before it has loaded them: no event of its first moments is missed. */
export interface DescriptionCache {
  /** What the module exported when it looked like this. */
  find(path: string, signature: string): readonly FoundHandler[] | undefined;
  keep(path: string, signature: string, handlers: readonly FoundHandler[]): void;
}

const MOST = 200;

/** @param folder The folder of the file. A file that cannot be read or written is a cache without content. */
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
        // the next worker loads the module once more
      }
    },
  };
}
