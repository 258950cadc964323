import { applyEdits, type Edit } from 'jsonc-parser';
import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../../core/json.ts';
import { appendItem, replaceNode } from './edit-container.ts';
import type { OwnEntryTest } from './own-entry.ts';
import { parseSettings } from './parse-settings.ts';
import { removeWhere, type RemovedHooks } from './remove-hooks.ts';
import { renderValue, styleOf } from './settings-style.ts';
import type { EventNode, GroupNode, HandlerNode, SettingsTree } from './settings-tree.ts';

/** One hook that should be in settings.json. */
export interface HookEntry {
  readonly event: string;
  readonly matcher?: string;
  readonly handler: JsonObject;
}

export interface MergedHooks {
  readonly text: string;
  /** Entries that were written, new or in place of an older form. */
  readonly added: number;
  /** Own entries of an older form that are no longer there. */
  readonly removed: number;
}

/**
 * Returns the text of a settings.json with exactly `entries` of ours. Keeps current entries, updates old ones in place, appends missing ones to their event,
 * removes extras. Every other byte stays. Running it on its own output returns that output.
 * @throws {@link WaymarkError} SETTINGS_INVALID, see {@link parseSettings}.
 */
export function mergeHooks(
  text: string,
  entries: readonly HookEntry[],
  isOurs: OwnEntryTest,
  file?: string,
): MergedHooks {
  let merged = text;
  let added = 0;
  let replaced = 0;
  let tree = parseSettings(text, file);
  for (const entry of entries) {
    const step = placeEntry(merged, tree, entry, entries, isOurs);
    if (step === undefined) continue;
    merged = step.text;
    tree = parseSettings(merged, file); // an edit moves all that is behind it
    added += 1;
    replaced += step.replaced;
  }
  const swept = removeSurplus(merged, tree, entries, isOurs);
  return { text: swept.text, added, removed: replaced + swept.removed };
}

interface Placed {
  readonly text: string;
  readonly replaced: number;
}

function placeEntry(
  text: string,
  tree: SettingsTree,
  entry: HookEntry,
  entries: readonly HookEntry[],
  isOurs: OwnEntryTest,
): Placed | undefined {
  const event = tree.events.find((candidate) => candidate.name === entry.event);
  if (
    event?.groups.some((group) => group.handlers.some((handler) => matches(handler, group, entry)))
  )
    return undefined;
  const edit =
    event === undefined ? undefined : replaceOlder(text, tree, event, entry, entries, isOurs);
  if (edit !== undefined) return { text: applyEdits(text, [edit]), replaced: 1 };
  return { text: appendEntry(text, tree, event, entry), replaced: 0 };
}

/** The edit that turns an older form of ours into `entry`; a group that others share keeps its matcher, so ours must not change it. */
function replaceOlder(
  text: string,
  tree: SettingsTree,
  event: EventNode,
  entry: HookEntry,
  entries: readonly HookEntry[],
  isOurs: OwnEntryTest,
): Edit | undefined {
  const style = styleOf(text, tree.root);
  for (const group of event.groups) {
    const older = group.handlers.find(
      (handler) => isOurs(handler.value) && !isWanted(handler, group, event, entries),
    );
    if (older === undefined) continue;
    if (group.matcher === entry.matcher) return replaceNode(text, older.node, entry.handler, style);
    if (group.handlers.length === 1) return replaceNode(text, group.node, groupOf(entry), style);
  }
  return undefined;
}

function appendEntry(
  text: string,
  tree: SettingsTree,
  event: EventNode | undefined,
  entry: HookEntry,
): string {
  const style = styleOf(text, tree.root);
  const list = [groupOf(entry)];
  if (tree.root === undefined)
    return `${renderValue({ hooks: { [entry.event]: list } }, style, '')}${style.eol}`;
  const hooks = tree.hooks?.children?.[1];
  if (hooks === undefined)
    return applyEdits(text, [
      appendItem(text, tree.root, { key: 'hooks', value: { [entry.event]: list } }, style),
    ]);
  if (event === undefined)
    return applyEdits(text, [appendItem(text, hooks, { key: entry.event, value: list }, style)]);
  return applyEdits(text, [appendItem(text, event.list, { value: groupOf(entry) }, style)]);
}

function removeSurplus(
  text: string,
  tree: SettingsTree,
  entries: readonly HookEntry[],
  isOurs: OwnEntryTest,
): RemovedHooks {
  const kept = new Set<HookEntry>();
  return removeWhere(text, tree, (handler, group, event) => {
    if (!isOurs(handler.value)) return false;
    const wanted = entries.find(
      (entry) => entry.event === event.name && matches(handler, group, entry) && !kept.has(entry),
    );
    if (wanted !== undefined) kept.add(wanted);
    return wanted === undefined;
  });
}

function isWanted(
  handler: HandlerNode,
  group: GroupNode,
  event: EventNode,
  entries: readonly HookEntry[],
): boolean {
  return entries.some((entry) => entry.event === event.name && matches(handler, group, entry));
}

function matches(handler: HandlerNode, group: GroupNode, entry: HookEntry): boolean {
  return group.matcher === entry.matcher && isDeepStrictEqual(handler.value, entry.handler);
}

function groupOf(entry: HookEntry): JsonObject {
  return {
    ...(entry.matcher === undefined ? {} : { matcher: entry.matcher }),
    hooks: [entry.handler],
  };
}
