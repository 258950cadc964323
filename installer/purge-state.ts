import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { StateFolder } from '../lib/core/state-folder.ts';

/** Everything that waymark makes directly in its state folder. */
const MADE =
  /^(?:config\.json.*|statusline\.json|bin|queue|wake|throttle|views|log|archive|heartbeat|install|package|snapshots|worker\.lock.*|waymark\.db.*|\..*\.tmp)$/;

/**
 * Deletes the state folder's data. A `WAYMARK_HOME` may point anywhere, so only what waymark makes goes, and the folder itself if it is then empty.
 * @returns paths that were left.
 */
export function purgeState(folder: StateFolder): readonly string[] {
  rmSync(folder.recovery, { recursive: true, force: true });
  if (!existsSync(folder.root)) return [];
  for (const name of readdirSync(folder.root))
    if (MADE.test(name)) rmSync(`${folder.root}/${name}`, { recursive: true, force: true });
  const left = readdirSync(folder.root).map((name) => `${folder.root}/${name}`);
  if (left.length === 0 && folder.root !== dirname(folder.root)) rmdirSync(folder.root);
  return left;
}
