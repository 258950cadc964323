import type { Node } from 'jsonc-parser';
import {
  toJsonObject,
  findField,
  type EventNode,
  type GroupNode,
  type HandlerNode,
} from './settings-tree.ts';

/** Refuses the file because of the value at `offset`. Never returns. */
export type Refusal = (offset: number, reason: string) => never;

/**
 * Kinds of handlers that clients know, and the texts that each needs. An unknown kind makes older
 * clients drop every hook of the file.
 */
const HANDLER_TYPES: Readonly<Record<string, readonly string[]>> = {
  command: ['command'],
  http: ['url'],
  mcp_tool: ['server', 'tool'],
  prompt: ['prompt'],
  agent: ['prompt'],
};

/**
 * Reads the value of `hooks`, refusing every shape that a client would drop. Unknown events and
 * unknown keys are fine.
 */
export function readHooks(hooks: Node | undefined, refuse: Refusal): readonly EventNode[] {
  if (hooks === undefined) return [];
  if (hooks.type !== 'object') refuse(hooks.offset, 'hooks must be an object');
  return (hooks.children ?? []).flatMap((property) => {
    const [key, list] = property.children ?? [];
    if (key === undefined || list === undefined) return [];
    const name = String(key.value);
    if (list.type !== 'array') refuse(list.offset, `hooks.${name} must be an array`);
    const groups = (list.children ?? []).map((group, index) =>
      readGroup(group, `hooks.${name}[${index}]`, refuse),
    );
    return [{ name, property, list, groups }];
  });
}

function readGroup(node: Node, path: string, refuse: Refusal): GroupNode {
  if (node.type !== 'object') refuse(node.offset, `${path} must be an object`);
  const matcher = findField(node, 'matcher');
  if (matcher !== undefined && matcher.type !== 'string')
    refuse(matcher.offset, `${path}.matcher must be a string`);
  const list = findField(node, 'hooks') ?? refuse(node.offset, `${path} has no hooks array`);
  if (list.type !== 'array') refuse(list.offset, `${path}.hooks must be an array`);
  const handlers = (list.children ?? []).map((handler, index) =>
    readHandler(handler, `${path}.hooks[${index}]`, refuse),
  );
  return {
    node,
    list,
    handlers,
    matcher: matcher === undefined ? undefined : String(matcher.value),
  };
}

function readHandler(node: Node, path: string, refuse: Refusal): HandlerNode {
  if (node.type !== 'object') refuse(node.offset, `${path} must be an object`);
  const type = findField(node, 'type');
  const needed = HANDLER_TYPES[String(type?.value)];
  if (type?.type !== 'string' || needed === undefined) {
    refuse(
      (type ?? node).offset,
      `${path}.type must be one of ${Object.keys(HANDLER_TYPES).join(', ')}`,
    );
  }
  for (const key of needed ?? []) {
    const text = findField(node, key);
    if (text?.type !== 'string') refuse((text ?? node).offset, `${path}.${key} must be a string`);
  }
  checkTimeout(findField(node, 'timeout'), path, refuse);
  checkArguments(findField(node, 'args'), path, refuse);
  return { node, value: toJsonObject(node) };
}

function checkTimeout(timeout: Node | undefined, path: string, refuse: Refusal): void {
  if (timeout === undefined) return;
  if (timeout.type !== 'number' || !(Number(timeout.value) > 0))
    refuse(timeout.offset, `${path}.timeout must be a number of seconds above 0`);
}

function checkArguments(list: Node | undefined, path: string, refuse: Refusal): void {
  if (list === undefined) return;
  if (list.type !== 'array') refuse(list.offset, `${path}.args must be an array of strings`);
  const wrong = list.children?.find((child) => child.type !== 'string');
  if (wrong !== undefined) refuse(wrong.offset, `${path}.args must be an array of strings`);
}
