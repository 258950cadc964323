import { applyEdits, type Node } from 'jsonc-parser';
import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../../core/json.ts';
import { appendItem, dropItems, replaceNode } from './edit-container.ts';
import { parseSettings } from './parse-settings.ts';
import { renderValue, detectStyle } from './settings-style.ts';
import { toJsonObject, findProperty, type SettingsTree } from './settings-tree.ts';

const KEY = 'statusLine';

/** Says whether a status line was put there by us, by its command. */
export type OwnLineTest = (command: string) => boolean;

/** The status line of a settings file. */
export interface FoundLine {
  readonly value: JsonObject;
  /** The exact bytes in the file. */
  readonly raw: string;
  /** What it runs; absent in a form that no client runs. */
  readonly command: string | undefined;
}

/**
 * The status line in the text of a settings.json, ours or not. @throws {@link WaymarkError}
 * SETTINGS_INVALID, see {@link parseSettings}.
 */
export function findStatusLine(text: string, file?: string): FoundLine | undefined {
  const node = valueNode(parseSettings(text, file));
  if (node === undefined) return undefined;
  const value = toJsonObject(node);
  const command = value['command'];
  const runs = value['type'] === 'command' && typeof command === 'string' && command.trim() !== '';
  return {
    value,
    raw: text.slice(node.offset, node.offset + node.length),
    command: runs ? command : undefined,
  };
}

/**
 * Puts `line` in the place of the status line of a settings.json, or adds it at the end. Every
 * other byte stays; a line that is already right is kept.
 * @throws {@link WaymarkError} SETTINGS_INVALID.
 */
export function mergeStatusLine(text: string, line: JsonObject, file?: string): string {
  const tree = parseSettings(text, file);
  const style = detectStyle(text, tree.root);
  const node = valueNode(tree);
  if (node !== undefined)
    return isDeepStrictEqual(toJsonObject(node), line)
      ? text
      : applyEdits(text, [replaceNode(text, node, line, style)]);
  if (tree.root === undefined) return `${renderValue({ [KEY]: line }, style, '')}${style.eol}`;
  return applyEdits(text, [appendItem(text, tree.root, { key: KEY, value: line }, style)]);
}

/**
 * Removes our status line from the text of a settings.json, and puts back what was there before.
 * Keeps a line that is not ours.
 * @param raw What was there, byte for byte; left out: nothing.
 * @throws {@link WaymarkError} SETTINGS_INVALID.
 */
export function removeStatusLine(
  text: string,
  isOurs: OwnLineTest,
  raw?: string,
  file?: string,
): string {
  const command = findStatusLine(text, file)?.command;
  if (command === undefined || !isOurs(command)) return text;
  const tree = parseSettings(text, file);
  const node = valueNode(tree);
  if (node === undefined || tree.root === undefined) return text;
  if (raw !== undefined)
    return applyEdits(text, [{ offset: node.offset, length: node.length, content: raw }]);
  const property = findProperty(tree.root, KEY);
  const place = property === undefined ? -1 : (tree.root.children?.indexOf(property) ?? -1);
  return place === -1 ? text : applyEdits(text, [...dropItems(tree.root, new Set([place]))]);
}

function valueNode({ root }: SettingsTree): Node | undefined {
  return root === undefined ? undefined : findProperty(root, KEY)?.children?.[1];
}
