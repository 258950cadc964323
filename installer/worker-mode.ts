import { applyEdits, parseTree, type ParseError } from 'jsonc-parser';
import { existsSync, readFileSync } from 'node:fs';
import { appendItem, dropItems, replaceNode } from '../lib/claude/settings/edit-container.ts';
import { detectStyle } from '../lib/claude/settings/settings-style.ts';
import { findProperty } from '../lib/claude/settings/settings-tree.ts';
import { WaymarkError } from '../lib/core/errors.ts';
import { parseJsonObject, stripByteOrderMark } from '../lib/core/json.ts';
import { replaceFile } from '../lib/core/replace-file.ts';
import { withLock } from '../lib/core/with-lock.ts';
import type { InstallerContext } from './installer-context.ts';

/**
 * `resident`: the worker stays. `on-demand`: it ends after a minute without work, and the next hook
 * starts it again.
 */
export const WORKER_MODES = ['resident', 'on-demand'] as const;
export type WorkerMode = (typeof WORKER_MODES)[number];

const KEY = 'idleExit';
const ON_DEMAND_SECONDS = 60;

/** The mode that the user's config.json has. */
export function readWorkerMode({ configFile }: InstallerContext['folder']): WorkerMode {
  const config = existsSync(configFile) ? parseJsonObject(readFileSync(configFile, 'utf8')) : {};
  const seconds: unknown = config?.[KEY];
  return typeof seconds === 'number' && seconds > 0 ? 'on-demand' : 'resident';
}

/**
 * Writes the mode into the user's config.json, unless it is there already; keeps the rest of the
 * file. @throws {@link WaymarkError} CONFIG_INVALID.
 */
export async function setWorkerMode(
  mode: WorkerMode,
  { folder, lockRetries }: Pick<InstallerContext, 'folder' | 'lockRetries'>,
): Promise<void> {
  const file = folder.configFile;
  if (!existsSync(file) && mode === 'resident') return;
  await withLock(file, lockRetries, () => {
    const before = existsSync(file) ? stripByteOrderMark(readFileSync(file, 'utf8')) : '';
    const after = withWorkerMode(before, mode, file);
    if (after !== before) replaceFile(file, after, { mode: 0o600 });
  });
}

/**
 * The text of a config.json with this mode. @throws {@link WaymarkError} CONFIG_INVALID when it is
 * not JSON.
 */
export function withWorkerMode(text: string, mode: WorkerMode, file: string): string {
  if (text.trim() === '')
    return mode === 'resident' ? text : `{\n  "${KEY}": ${ON_DEMAND_SECONDS}\n}\n`;
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true });
  if (root?.type !== 'object' || errors.length > 0)
    throw new WaymarkError(
      'CONFIG_INVALID',
      `Cannot set the worker mode in ${file}: it is not a JSON object`,
    );
  const property = findProperty(root, KEY);
  const value = property?.children?.[1];
  const style = detectStyle(text, root);
  if (mode === 'resident')
    return property === undefined
      ? text
      : applyEdits(text, [...dropItems(root, new Set([root.children?.indexOf(property) ?? -1]))]);
  if (value === undefined)
    return applyEdits(text, [
      appendItem(text, root, { key: KEY, value: ON_DEMAND_SECONDS }, style),
    ]);
  return applyEdits(text, [replaceNode(text, value, ON_DEMAND_SECONDS, style)]);
}
