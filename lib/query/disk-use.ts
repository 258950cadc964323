import { lstatSync, readdirSync } from 'node:fs';
import type { StateFolder } from '../core/state-folder.ts';

/** Bytes per part of the state folder, by the size of its files. */
export interface DiskUse {
  readonly total: number;
  readonly store: number;
  readonly queue: number;
  readonly log: number;
  readonly throttle: number;
  readonly views: number;
  readonly archive: number;
  /** Launchers, a copy of the package, backups of settings files. */
  readonly installation: number;
  readonly other: number;
}

const PARTS: Readonly<Record<string, Exclude<keyof DiskUse, 'total'>>> = {
  'waymark.db': 'store',
  'waymark.db-wal': 'store',
  'waymark.db-shm': 'store',
  queue: 'queue',
  log: 'log',
  throttle: 'throttle',
  views: 'views',
  archive: 'archive',
  bin: 'installation',
  install: 'installation',
  package: 'installation',
};

/** Adds up the state folder; what goes away meanwhile counts as nothing. */
export function diskUse(folder: StateFolder): DiskUse {
  const use = {
    total: 0,
    store: 0,
    queue: 0,
    log: 0,
    throttle: 0,
    views: 0,
    archive: 0,
    installation: 0,
    other: 0,
  };
  for (const name of namesIn(folder.root)) {
    const size = sizeOf(`${folder.root}/${name}`);
    use[PARTS[name] ?? 'other'] += size;
    use.total += size;
  }
  return use;
}

function sizeOf(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  if (!found.isDirectory()) return found.isFile() ? found.size : 0;
  return namesIn(path).reduce((sum, name) => sum + sizeOf(`${path}/${name}`), 0);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // gone, or closed to us
  }
}
