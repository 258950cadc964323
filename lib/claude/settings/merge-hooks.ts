import { applyEdits, type Edit } from 'jsonc-parser';
import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../../core/json.ts';
import { appendItem, type NewItem, replaceNode } from './edit-container.ts';
import type { OwnEntryTest } from './own-entry.ts';
import { parseSettings } from './parse-settings.ts';
import { planHooks } from './remove-hooks.ts';
import { renderValue, type SettingsStyle, detectStyle } from './settings-style.ts';
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
 * Returns the text of a settings.json with exactly `entries` of waymark. Keeps current entries,
 * updates old ones in place, appends missing ones to their event, removes extras. Every other byte
 * stays. Running it on its own output returns that output. All edits are planned on one tree.
 * @throws {@link WaymarkError} SETTINGS_INVALID, see {@link parseSettings}.
 */
export function mergeHooks(
  text: string,
  entries: readonly HookEntry[],
  isOurs: OwnEntryTest,
  file?: string,
): MergedHooks {
  const tree = parseSettings(text, file);
  const { kept, replaced, missing } = placeEntries(tree, entries, isOurs);
  const added = replaced.size + missing.length;
  const style = detectStyle(text, tree.root);
  if (tree.hooks === undefined) return { text: withHooks(text, tree, missing), added, removed: 0 };
  const { edits, removed } = planHooks(text, tree, {
    goes: (handler) => isOurs(handler.value) && !kept.has(handler) && !replaced.has(handler),
    newGroups: ({ name }) => groupsFor(missing, name).map((value) => ({ value })),
    newEvents: newEvents(tree, missing),
  });
  const all = [
    ...edits,
    ...[...replaced].map(([handler, older]) => replacement(text, handler, older, style)),
  ];
  return { text: applyEdits(text, all), added, removed: removed + replaced.size };
}

/** An entry that is written in place of an older form. */
interface Older {
  readonly group: GroupNode;
  readonly entry: HookEntry;
}

interface Places {
  readonly kept: ReadonlySet<HandlerNode>;
  readonly replaced: ReadonlyMap<HandlerNode, Older>;
  readonly missing: readonly HookEntry[];
}

/** Where each entry is, or where it goes. */
function placeEntries(
  tree: SettingsTree,
  entries: readonly HookEntry[],
  isOurs: OwnEntryTest,
): Places {
  const kept = new Set<HandlerNode>();
  const replaced = new Map<HandlerNode, Older>();
  const missing: HookEntry[] = [];
  for (const entry of entries) {
    const event = tree.events.find(({ name }) => name === entry.event);
    const current = placesIn(event).find(({ handler, group }) => matches(handler, group, entry));
    if (current !== undefined) kept.add(current.handler);
  }
  for (const entry of entries) {
    const event = tree.events.find(({ name }) => name === entry.event);
    const places = placesIn(event);
    if (places.some(({ handler, group }) => matches(handler, group, entry))) continue;
    // a group that others share keeps its matcher, so ours must not change it
    const older = places.find(
      ({ handler, group }) =>
        isOurs(handler.value) &&
        !replaced.has(handler) &&
        !isWanted(handler, group, entry.event, entries) &&
        (group.matcher === entry.matcher || group.handlers.length === 1),
    );
    if (older === undefined) missing.push(entry);
    else replaced.set(older.handler, { group: older.group, entry });
  }
  return { kept, replaced, missing };
}

function placesIn(
  event: EventNode | undefined,
): ReadonlyArray<{ readonly handler: HandlerNode; readonly group: GroupNode }> {
  return (event?.groups ?? []).flatMap((group) =>
    group.handlers.map((handler) => ({ handler, group })),
  );
}

function replacement(
  text: string,
  handler: HandlerNode,
  { group, entry }: Older,
  style: SettingsStyle,
): Edit {
  return group.matcher === entry.matcher
    ? replaceNode(text, handler.node, entry.handler, style)
    : replaceNode(text, group.node, groupOf(entry), style);
}

/** A settings file without the key `hooks`, with it. */
function withHooks(text: string, { root }: SettingsTree, missing: readonly HookEntry[]): string {
  if (missing.length === 0) return text;
  const style = detectStyle(text, root);
  const names = [...new Set(missing.map(({ event }) => event))];
  const hooks = Object.fromEntries(names.map((name) => [name, groupsFor(missing, name)]));
  if (root === undefined) return `${renderValue({ hooks }, style, '')}${style.eol}`;
  return applyEdits(text, [appendItem(text, root, { key: 'hooks', value: hooks }, style)]);
}

function newEvents(tree: SettingsTree, missing: readonly HookEntry[]): readonly NewItem[] {
  const names = new Set(missing.map(({ event }) => event));
  return [...names]
    .filter((name) => tree.events.every((event) => event.name !== name))
    .map((name) => ({ key: name, value: groupsFor(missing, name) }));
}

function groupsFor(missing: readonly HookEntry[], event: string): readonly JsonObject[] {
  return missing.filter((entry) => entry.event === event).map(groupOf);
}

function isWanted(
  handler: HandlerNode,
  group: GroupNode,
  event: string,
  entries: readonly HookEntry[],
): boolean {
  return entries.some((entry) => entry.event === event && matches(handler, group, entry));
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
