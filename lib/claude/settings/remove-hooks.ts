import { applyEdits, type Edit, type Node } from 'jsonc-parser';
import { changeItems, type NewItem } from './edit-container.ts';
import type { OwnEntryTest } from './own-entry.ts';
import { parseSettings } from './parse-settings.ts';
import { type SettingsStyle, detectStyle } from './settings-style.ts';
import type { EventNode, GroupNode, HandlerNode, SettingsTree } from './settings-tree.ts';

export interface RemovedHooks {
  readonly text: string;
  /** How many handlers went. */
  readonly removed: number;
}

/** What is to become of the hooks in a settings file that has a `hooks` key. */
export interface HookChanges {
  /** Whether a handler is removed, by its place. */
  readonly goes: (handler: HandlerNode, group: GroupNode, event: EventNode) => boolean;
  /** Groups to be added to an event. */
  readonly newGroups: (event: EventNode) => readonly NewItem[];
  readonly newEvents: readonly NewItem[];
}

/**
 * Removes our own handlers from the text of a settings.json, and with them each group, event and
 * `hooks` key that this leaves empty. What was empty before stays, and so does every other byte.
 * @throws {@link WaymarkError} SETTINGS_INVALID, see {@link parseSettings}.
 */
export function removeHooks(text: string, isOurs: OwnEntryTest, file?: string): RemovedHooks {
  const changes = {
    goes: ({ value }: HandlerNode) => isOurs(value),
    newGroups: () => [],
    newEvents: [],
  };
  const { edits, removed } = planHooks(text, parseSettings(text, file), changes);
  return { text: applyEdits(text, [...edits]), removed };
}

interface Planned {
  readonly removed: number;
  readonly edits: readonly Edit[];
}

/** The edits that make these changes, all by the same tree; none overlaps another. */
export function planHooks(text: string, tree: SettingsTree, changes: HookChanges): Planned {
  const list = tree.hooks?.children?.[1];
  if (tree.root === undefined || tree.hooks === undefined || list === undefined)
    return { removed: 0, edits: [] };
  const style = detectStyle(text, tree.root);
  const events = tree.events.map((event) => planEvent({ text, style, changes }, event));
  const removed = events.reduce((sum, event) => sum + event.removed, 0);
  const isEmptied =
    removed > 0 && events.every((event) => event.empties) && changes.newEvents.length === 0;
  if (!isEmptied)
    return { removed, edits: collapse({ text, style }, list, events, changes.newEvents) };
  const place = new Set([tree.root.children?.indexOf(tree.hooks) ?? -1]);
  return { removed, edits: changeItems(text, tree.root, { dropped: place, items: [] }, style) };
}

interface Written {
  readonly text: string;
  readonly style: SettingsStyle;
}

interface Around extends Written {
  readonly changes: HookChanges;
}

interface PlannedChild extends Planned {
  /** Nothing is left, so that the container can go whole. */
  readonly empties: boolean;
}

function planEvent(around: Around, event: EventNode): PlannedChild {
  const { goes, newGroups } = around.changes;
  const groups = event.groups.map((group) =>
    planGroup(around, group, (handler) => goes(handler, group, event)),
  );
  const items = newGroups(event);
  const removed = groups.reduce((sum, group) => sum + group.removed, 0);
  return {
    removed,
    empties: removed > 0 && items.length === 0 && groups.every((group) => group.empties),
    edits: collapse(around, event.list, groups, items),
  };
}

function planGroup(
  { text, style }: Around,
  group: GroupNode,
  goes: (handler: HandlerNode) => boolean,
): PlannedChild {
  const dropped = new Set(
    group.handlers.flatMap((handler, index) => (goes(handler) ? [index] : [])),
  );
  return {
    removed: dropped.size,
    empties: dropped.size > 0 && dropped.size === group.handlers.length,
    edits: changeItems(text, group.list, { dropped, items: [] }, style),
  };
}

/** Emptied children go whole; from the others only what they lose themselves. */
function collapse(
  { text, style }: Written,
  container: Node,
  children: readonly PlannedChild[],
  items: readonly NewItem[],
): readonly Edit[] {
  const dropped = new Set(children.flatMap((child, index) => (child.empties ? [index] : [])));
  const inside = children.flatMap((child) => (child.empties ? [] : child.edits));
  return [...changeItems(text, container, { dropped, items }, style), ...inside];
}
