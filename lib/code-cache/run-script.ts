import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { readCachedCode, WRAP_HEAD, wrapScript, writeCachedCode } from './cached-code.ts';

/** Where compiled code is kept. */
export interface CodeCache {
  /** The state folder. */
  readonly root: string;
  readonly folder: string;
  readonly now: () => number;
  /** What is kept was refused by V8 already, which does not refuse it a second time. */
  readonly isRefused?: boolean;
  /** Loads what the script at `from` requires. Not asked for `.cjs` files by a relative path. */
  readonly load: (id: string, from: string) => unknown;
  /** Calls back when this process ends, with its exit status. */
  readonly atExit: (callback: (status: number) => void) => void;
}

/**
 * From this age on, the file is written anew: what a command runs through changes with what it
 * finds, and functions that did not run before are compiled at each start.
 */
export const RENEW_MS = 60 * 60 * 1000;

/**
 * Loads a CommonJS file as `require` does, with the code that V8 compiled at an earlier
 * start: compiling takes a command longer than its work. Files that it requires by a relative path
 * are loaded in the same way. `import()` in it fails.
 * @param path Absolute.
 * @returns its exports.
 * @throws what the script throws.
 */
export function runScript(path: string, cache: CodeCache): unknown {
  const kept = `${cache.folder}/${cacheName(path)}`;
  const cached = cache.isRefused === true ? undefined : readCachedCode(kept, path);
  const text = cached?.text ?? wrapScript(readFileSync(path));
  const script = new Script(text, {
    filename: path,
    columnOffset: -WRAP_HEAD.length,
    ...(cached === undefined ? {} : { cachedData: cached.data }),
  });
  const age = cached === undefined ? Number.POSITIVE_INFINITY : cache.now() - cached.writtenAt;
  const isDue = script.cachedDataRejected === true || age < 0 || age >= RENEW_MS;
  if (isDue)
    cache.atExit((status) => {
      // 1 is also the answer of a command that found something; what wrong usage runs is little.
      if (status <= 1) writeCachedCode(cache.root, kept, text, script.createCachedData());
    });
  const module = { exports: {} };
  const folder = path.slice(0, path.lastIndexOf('/'));
  const run: unknown = script.runInThisContext();
  if (typeof run !== 'function') throw new TypeError(`Cannot load ${path}: it is not a script`);
  run.call(module.exports, module.exports, requireFrom(path, cache), module, path, folder);
  return module.exports;
}

/** What a script gets as `require`. */
function requireFrom(path: string, cache: CodeCache): (id: string) => unknown {
  const folder = path.slice(0, path.lastIndexOf('/'));
  const loaded = new Map<string, unknown>();
  return (id) => {
    const name = /^(\.{1,2}\/[\w-]+\.cjs)$/.exec(id)?.[1];
    if (name === undefined) return cache.load(id, path);
    const file = name.startsWith('../')
      ? `${folder.slice(0, folder.lastIndexOf('/'))}${name.slice(2)}`
      : `${folder}${name.slice(1)}`;
    if (!loaded.has(file)) loaded.set(file, runScript(file, cache));
    return loaded.get(file);
  };
}

/** Each version of Node has a file of its own, so that two of them do not replace each other's. */
function cacheName(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.cjs$/, '');
  return `${name}-${process.versions.node}-${process.arch}`;
}
