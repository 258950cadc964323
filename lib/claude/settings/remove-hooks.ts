import { applyEdits, type Edit, type Node } from 'jsonc-parser';
import { dropItems } from './edit-container.ts';
import type { OwnEntryTest } from './own-entry.ts';
import { parseSettings } from './parse-settings.ts';
import type { EventNode, GroupNode, HandlerNode, SettingsTree } from './settings-tree.ts';

export interface RemovedHooks {
  readonly text: string;
  /** How many handlers went. */
  readonly removed: number;
}

/** Decides about one handler, by its place. */
export type HandlerTest = (handler: HandlerNode, group: GroupNode, event: EventNode) => boolean;

/**
 * Takes our own handlers out of the text of a settings.json, and with them each group, event and `hooks` key that this leaves empty.
 * What was empty before stays, and so does every other byte.
 * @throws {@link WaymarkError} SETTINGS_INVALID, see {@link parseSettings}.
 */
export function removeHooks(text: string, isOurs: OwnEntryTest, file?: string): RemovedHooks {
  return removeWhere(text, parseSettings(text, file), (handler) => isOurs(handler.value));
}

/** Like {@link removeHooks}, for a text that is parsed already and any choice of handlers. */
export function removeWhere(text: string, tree: SettingsTree, goes: HandlerTest): RemovedHooks {
  const events = tree.events.map((event) => dropFromEvent(event, goes));
  const removed = events.reduce((sum, event) => sum + event.removed, 0);
  if (removed === 0) return { text, removed };
  return { text: applyEdits(text, editsFor(tree, events)), removed };
}

interface Dropped {
  readonly removed: number;
  /** Nothing is left, so that the container can go whole. */
  readonly empties: boolean;
  readonly edits: readonly Edit[];
}

function editsFor(tree: SettingsTree, events: readonly Dropped[]): Edit[] {
  const hooks = tree.hooks?.children?.[1];
  if (hooks === undefined || tree.hooks === undefined || tree.root === undefined) return [];
  if (!events.every((event) => event.empties)) return collapse(hooks, events);
  const place = tree.root.children?.indexOf(tree.hooks) ?? -1;
  return [...dropItems(tree.root, new Set([place]))];
}

function dropFromEvent(event: EventNode, goes: HandlerTest): Dropped {
  const groups = event.groups.map((group) =>
    dropFromGroup(group, (handler) => goes(handler, group, event)),
  );
  const removed = groups.reduce((sum, group) => sum + group.removed, 0);
  return {
    removed,
    empties: removed > 0 && groups.every((group) => group.empties),
    edits: collapse(event.list, groups),
  };
}

function dropFromGroup(group: GroupNode, goes: (handler: HandlerNode) => boolean): Dropped {
  const indexes = new Set(
    group.handlers.flatMap((handler, index) => (goes(handler) ? [index] : [])),
  );
  if (indexes.size === 0) return { removed: 0, empties: false, edits: [] };
  return {
    removed: indexes.size,
    empties: indexes.size === group.handlers.length,
    edits: dropItems(group.list, indexes),
  };
}

/** Emptied children go whole; from the others only what they lose themselves. */
function collapse(container: Node, children: readonly Dropped[]): Edit[] {
  const emptied = new Set(children.flatMap((child, index) => (child.empties ? [index] : [])));
  const inside = children.flatMap((child) => (child.empties ? [] : child.edits));
  return emptied.size === 0 ? inside : [...dropItems(container, emptied), ...inside];
}
