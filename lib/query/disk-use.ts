import type { StateFolder } from '../core/state-folder.ts';
import { bytesByKind } from '../retention/sizes.ts';

/** Bytes per part of the state folder, by the size of its files. Field names are a contract. */
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

/** Adds up what the keepers of files have; what goes away meanwhile counts as nothing. */
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
  for (const [kind, bytes] of bytesByKind(folder)) {
    use.total += bytes;
    use[partOf(kind, use)] += bytes;
  }
  return use;
}

/** A kind counts to the part that its name begins with. */
function partOf<Part extends string>(
  kind: string,
  parts: Readonly<Record<Part, number>>,
): Part | 'other' {
  const [first = ''] = kind.split('/');
  const isPart = (name: string): name is Part => Object.hasOwn(parts, name) && name !== 'total';
  return isPart(first) ? first : 'other';
}
