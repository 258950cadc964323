import { getNodeValue, type Node } from 'jsonc-parser';
import { isJsonObject, type JsonObject } from '../../core/json.ts';

/** One hook of settings.json, with its place in the text. */
export interface HandlerNode {
  readonly node: Node;
  readonly value: JsonObject;
}

/** Handlers that share a matcher. */
export interface GroupNode {
  readonly node: Node;
  readonly matcher: string | undefined;
  /** The array under `hooks`. */
  readonly list: Node;
  readonly handlers: readonly HandlerNode[];
}

/** All groups of one event. */
export interface EventNode {
  readonly name: string;
  /** The property: its key and its array. */
  readonly property: Node;
  readonly list: Node;
  readonly groups: readonly GroupNode[];
}

/** A settings file that was found to be sound. */
export interface SettingsTree {
  /** Absent for an empty file. */
  readonly root: Node | undefined;
  /** The property `hooks`. */
  readonly hooks: Node | undefined;
  readonly events: readonly EventNode[];
  readonly disableAllHooks: boolean;
}

/** The property `key` of an object. */
export function findProperty(object: Node, key: string): Node | undefined {
  return object.children?.find((property) => property.children?.[0]?.value === key);
}

/** The value under `key` of an object. */
export function findField(object: Node, key: string): Node | undefined {
  return findProperty(object, key)?.children?.[1];
}

/** The plain value of an object node. */
export function toJsonObject(node: Node): JsonObject {
  // the parser's objects have no prototype, which deep comparison would notice
  const value: unknown = structuredClone(getNodeValue(node));
  return isJsonObject(value) ? value : {};
}
