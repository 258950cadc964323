import { filesBelow } from '../core/file-keeper.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { fileKinds, NO_LIMITS } from './keepers.ts';

/** Files that no keeper knows. */
export const UNKNOWN = 'other';

/** Bytes of every kind of files in the state folder, and of those of no kind. One walk, however many kinds there are. */
export function bytesByKind(folder: StateFolder): ReadonlyMap<string, number> {
  const kinds = fileKinds(NO_LIMITS, () => undefined);
  const bytes = new Map([...kinds.map(({ name }) => name), UNKNOWN].map((name) => [name, 0]));
  for (const file of filesBelow(folder.root, '')) {
    const kind = kinds.find(({ owns }) => owns.test(file.path))?.name ?? UNKNOWN;
    bytes.set(kind, (bytes.get(kind) ?? 0) + file.bytes);
  }
  return bytes;
}
