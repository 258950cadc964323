import type { Edit, Node } from 'jsonc-parser';
import { hasLineBreak, indentAt, renderValue, type SettingsStyle } from './settings-style.ts';

/** What is put into an array, or with a key into an object. */
export interface NewItem {
  readonly key?: string;
  readonly value: unknown;
}

/**
 * Adds `item` behind the last entry of an array or object, written as its neighbours are; no byte
 * around it changes.
 */
export function appendItem(
  text: string,
  container: Node,
  item: NewItem,
  style: SettingsStyle,
): Edit {
  return appendItems(text, container, [item], style);
}

/**
 * Drops the entries at `dropped` and adds `items` behind those that stay. What stays keeps every
 * byte.
 */
export function changeItems(
  text: string,
  container: Node,
  { dropped, items }: { readonly dropped: ReadonlySet<number>; readonly items: readonly NewItem[] },
  style: SettingsStyle,
): readonly Edit[] {
  const [first, last] = [container.children?.[0], container.children?.at(-1)];
  const drops = dropped.size === 0 ? [] : dropItems(container, dropped);
  if (items.length === 0) return drops;
  const isAnyLeft = dropped.size < (container.children?.length ?? 0);
  if (isAnyLeft || first === undefined || last === undefined)
    return [...drops, appendItems(text, container, items, style)];
  const { separator, indent } = layoutOf(text, container, first, last, style);
  return [
    {
      offset: first.offset,
      length: endOf(last) - first.offset,
      content: items.map((item) => render(item, style, indent)).join(separator),
    },
  ];
}

function appendItems(
  text: string,
  container: Node,
  items: readonly NewItem[],
  style: SettingsStyle,
): Edit {
  const [first, last] = [container.children?.[0], container.children?.at(-1)];
  if (first === undefined || last === undefined) return fillEmpty(text, container, items, style);
  const { separator, indent } = layoutOf(text, container, first, last, style);
  const content = items.map((item) => separator + render(item, style, indent)).join('');
  return { offset: endOf(last), length: 0, content };
}

interface Layout {
  /** Between two entries. */
  readonly separator: string;
  /** `undefined` for entries on one line. */
  readonly indent: string | undefined;
}

/** How the entries of a container are written, between its first and its last. */
function layoutOf(
  text: string,
  container: Node,
  first: Node,
  last: Node,
  style: SettingsStyle,
): Layout {
  const ownLines = hasLineBreak(text.slice(container.offset, first.offset));
  const indent = indentAt(text, ownLines ? first.offset : container.offset);
  const inline = !style.multiline || (container.parent !== undefined && isOneLiner(text, last));
  return {
    separator: ownLines ? `,${style.eol}${indent}` : style.comma,
    indent: inline ? undefined : indent,
  };
}

/** Drops the entries at `indexes` from an array or object; what stays keeps every byte. */
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

function fillEmpty(
  text: string,
  container: Node,
  items: readonly NewItem[],
  style: SettingsStyle,
): Edit {
  const place = { offset: container.offset + 1, length: container.length - 2 };
  const rendered = (separator: string, indent: string | undefined): string =>
    items.map((item) => render(item, style, indent)).join(separator);
  if (!style.multiline) {
    const pad = container.type === 'object' ? style.pad : '';
    return { ...place, content: pad + rendered(style.comma, undefined) + pad };
  }
  const outer = indentAt(text, container.offset);
  const lineStart = `${style.eol}${outer}${style.unit}`;
  const content = lineStart + rendered(`,${lineStart}`, outer + style.unit) + style.eol + outer;
  return { ...place, content };
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
