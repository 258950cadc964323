import type { Edit, Node } from 'jsonc-parser';
import { hasLineBreak, indentAt, renderValue, type SettingsStyle } from './settings-style.ts';

/** What is put into an array, or with a key into an object. */
export interface NewItem {
  readonly key?: string;
  readonly value: unknown;
}

/** Adds `item` behind the last entry of an array or object, written as its neighbours are; no byte around it changes. */
export function appendItem(
  text: string,
  container: Node,
  item: NewItem,
  style: SettingsStyle,
): Edit {
  const last = container.children?.at(-1);
  const first = container.children?.[0];
  if (first === undefined || last === undefined) return fillEmpty(text, container, item, style);
  const ownLines = hasLineBreak(text.slice(container.offset, first.offset));
  const indent = indentAt(text, ownLines ? first.offset : container.offset);
  const inline = !style.multiline || (container.parent !== undefined && isOneLiner(text, last));
  const separator = ownLines ? `,${style.eol}${indent}` : style.comma;
  return {
    offset: endOf(last),
    length: 0,
    content: separator + render(item, style, inline ? undefined : indent),
  };
}

/** Takes the entries at `indexes` out of an array or object; what stays keeps every byte. */
export function dropItems(container: Node, indexes: ReadonlySet<number>): readonly Edit[] {
  const children = container.children ?? [];
  if (indexes.size >= children.length)
    return [{ offset: container.offset + 1, length: container.length - 2, content: '' }];
  return children.flatMap((child, index) => {
    if (!indexes.has(index)) return [];
    const keptBefore = children.some((_, earlier) => earlier < index && !indexes.has(earlier));
    const previous = children[index - 1];
    const next = children[index + 1];
    // the comma that goes is the one in front, unless everything in front goes too
    if (keptBefore && previous !== undefined) return [cut(endOf(previous), endOf(child))];
    return next === undefined ? [] : [cut(child.offset, next.offset)];
  });
}

/** Replaces `node` by `value`. */
export function replaceNode(text: string, node: Node, value: unknown, style: SettingsStyle): Edit {
  const oneLine = !style.multiline || isOneLiner(text, node);
  return {
    offset: node.offset,
    length: node.length,
    content: renderValue(value, style, oneLine ? undefined : indentAt(text, node.offset)),
  };
}

function fillEmpty(text: string, container: Node, item: NewItem, style: SettingsStyle): Edit {
  const place = { offset: container.offset + 1, length: container.length - 2 };
  if (!style.multiline)
    return {
      ...place,
      content:
        container.type === 'object'
          ? style.pad + render(item, style, undefined) + style.pad
          : render(item, style, undefined),
    };
  const outer = indentAt(text, container.offset);
  const indent = outer + style.unit;
  return {
    ...place,
    content: style.eol + indent + render(item, style, indent) + style.eol + outer,
  };
}

function render(item: NewItem, style: SettingsStyle, indent: string | undefined): string {
  const value = renderValue(item.value, style, indent);
  if (item.key === undefined) return value;
  return `${JSON.stringify(item.key)}${indent === undefined ? style.colon : ': '}${value}`;
}

/** Whether a filled array or object, or a property that holds one, is written on one line. */
function isOneLiner(text: string, node: Node): boolean {
  const value = node.type === 'property' ? node.children?.[1] : node;
  return (value?.children?.length ?? 0) > 0 && !hasLineBreak(text.slice(node.offset, endOf(node)));
}

function cut(from: number, to: number): Edit {
  return { offset: from, length: to - from, content: '' };
}

function endOf(node: Node): number {
  return node.offset + node.length;
}
