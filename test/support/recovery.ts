import { mkdirSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { onTestFinished } from 'vitest';
import type { RecoveryPlaces } from '../../lib/core/state-folder.ts';

/** Paths of the folder that a hook writes to, one for each shared folder. They go with the test. */
export function listRecoveryPaths({ shared, user, names }: RecoveryPlaces): readonly string[] {
  const paths = shared.map((place) => `${place}/${user}/${names[0] ?? ''}`);
  onTestFinished(() => {
    for (const path of paths) rmSync(path, { recursive: true, force: true });
  });
  return paths;
}

/** Path of the folder that a hook writes to first. It goes with the test. */
export function recoveryPath(places: RecoveryPlaces): string {
  return listRecoveryPaths(places)[0] ?? '';
}

/** Makes that folder and the user's above it, as a hook does. @returns its path. */
export function makeRecovery(places: RecoveryPlaces): string {
  const path = recoveryPath(places);
  for (const folder of [dirname(path), path]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  return path;
}

/** Places of which `path` is the only one. */
export function recoveryAt(path: string): RecoveryPlaces {
  const user = dirname(path);
  mkdirSync(user, { recursive: true, mode: 0o700 });
  return {
    shared: [dirname(user)],
    user: basename(user),
    names: [basename(path)],
    environment: {},
  };
}
