import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isJsonObject, parseJsonObject } from '../lib/core/json.ts';
import { realPathOr } from '../lib/core/state-folder.ts';

interface Placed {
  /** Where it comes from, links resolved, and the path of its copy. */
  readonly source: string;
  readonly target: string;
  /** The copy in whose `node_modules` it is. */
  readonly parent: Placed | undefined;
  /** The content of `node_modules` of its copy: name to source. */
  readonly modules: Map<string, Placed>;
}

/**
 * Copies a package to `target` with everything it depends on, as plain files, so that Node resolves
 * the same versions from the copy. Works on hoisted and on linked trees alike, because it looks for
 * each dependency as Node would. Optional ones that are not installed stay away.
 * @throws whatever the file system throws.
 */
export function copyPackage(source: string, target: string): void {
  const root = place(realPathOr(source), target, undefined);
  const waiting = [root];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
    waiting.push(...copyDependencies(next, root));
}

function copyDependencies(requirer: Placed, root: Placed): readonly Placed[] {
  return dependencyNames(requirer.source).flatMap((name) => {
    const source = resolvePackage(name, requirer.source);
    if (source === undefined) return [];
    const seen = visibleFrom(requirer, name);
    if (seen?.source === source) return [];
    // as high as possible; beside its requirer where another version is in the way
    const parent = seen === undefined ? root : requirer;
    const copy = place(source, join(parent.target, 'node_modules', name), parent);
    parent.modules.set(name, copy);
    return [copy];
  });
}

function place(source: string, target: string, parent: Placed | undefined): Placed {
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  const left = new Set([join(source, 'node_modules'), join(source, '.git')]);
  cpSync(source, target, { recursive: true, dereference: true, filter: (path) => !left.has(path) });
  return { source, target, parent, modules: new Map() };
}

function visibleFrom(placed: Placed, name: string): Placed | undefined {
  for (let level: Placed | undefined = placed; level !== undefined; level = level.parent) {
    const found = level.modules.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function dependencyNames(folder: string): readonly string[] {
  const manifest = readManifest(folder) ?? {};
  const lists = [
    manifest['dependencies'],
    manifest['optionalDependencies'],
    manifest['peerDependencies'],
  ];
  return [...new Set(lists.flatMap((list) => (isJsonObject(list) ? Object.keys(list) : [])))];
}

function resolvePackage(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return realPathOr(candidate);
    if (folder === dirname(folder)) return undefined;
  }
}

/** `package.json` of a folder, or `undefined` without a readable one. */
function readManifest(folder: string): ReturnType<typeof parseJsonObject> {
  const file = join(folder, 'package.json');
  return existsSync(file) ? parseJsonObject(readFileSync(file, 'utf8')) : undefined;
}
