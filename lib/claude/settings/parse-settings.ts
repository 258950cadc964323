import { parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import { WaymarkError } from '../../core/errors.ts';
import { readHooks, type Refusal } from './read-hooks.ts';
import { findProperty, findField, type SettingsTree } from './settings-tree.ts';

/** By the parser's own names. */
const REASONS: Readonly<Record<string, string>> = {
  InvalidCommentToken: 'comments are not JSON',
  UnexpectedEndOfComment: 'comments are not JSON',
  UnexpectedEndOfString: 'a string without its closing quote',
  UnexpectedEndOfNumber: 'an unfinished number',
  InvalidCharacter: 'a control character inside a string',
  InvalidEscapeCharacter: 'an unknown escape inside a string',
  InvalidUnicode: 'an unfinished \\u escape',
  PropertyNameExpected: 'a property name in double quotes was expected',
  ColonExpected: 'a colon was expected',
  CommaExpected: 'a comma was expected',
  CloseBraceExpected: 'a closing } was expected',
  CloseBracketExpected: 'a closing ] was expected',
  ValueExpected: 'a value was expected',
  EndOfFileExpected: 'there is text after the end',
};

/**
 * Reads the text of a settings.json as strictly as the strictest client does. An empty text counts
 * as `{}`.
 * @param file Named in the error; the text is not read from there.
 * @throws {@link WaymarkError} SETTINGS_INVALID with line and column for anything that some Claude
 *   Code client would ignore or drop: comments, a trailing comma, a byte order mark, a key given
 *   twice, or hooks of a wrong shape.
 */
export function parseSettings(text: string, file = 'settings.json'): SettingsTree {
  const refuse: Refusal = (offset, reason) => {
    const [line, column] = placeOf(text, offset);
    throw new WaymarkError(
      'SETTINGS_INVALID',
      `Cannot use ${file}: line ${line}, column ${column}: ${reason}`,
    );
  };
  if (text.startsWith('\uFEFF')) refuse(0, 'a byte order mark, which newer clients refuse');
  if (text.trim() === '')
    return { root: undefined, hooks: undefined, events: [], disableAllHooks: false };
  const root = readTree(text, refuse);
  if (root.type !== 'object') refuse(root.offset, 'the whole file must be one object');
  refuseDoubleKeys(root, refuse);
  const hooks = findProperty(root, 'hooks');
  return {
    root,
    hooks,
    events: readHooks(hooks?.children?.[1], refuse),
    disableAllHooks: findField(root, 'disableAllHooks')?.value === true,
  };
}

function readTree(text: string, refuse: Refusal): Node {
  const errors: ParseError[] = [];
  const root = parseOrOverflow(text, errors, refuse);
  const first = errors[0];
  if (first !== undefined) refuse(first.offset, reasonFor(text, first, errors));
  return root ?? refuse(0, 'a value was expected');
}

function parseOrOverflow(text: string, errors: ParseError[], refuse: Refusal): Node | undefined {
  try {
    return parseTree(text, errors, { disallowComments: true });
  } catch (error) {
    if (error instanceof RangeError) return refuse(0, 'nested too deeply');
    throw error;
  }
}

/** A trailing comma is the one mistake whose name the parser does not know. */
function reasonFor(text: string, first: ParseError, errors: readonly ParseError[]): string {
  const trailing =
    /,\s*$/.test(text.slice(0, first.offset)) &&
    /[}\]]/.test(text.charAt(first.offset)) &&
    errors.every((error) => error.offset === first.offset);
  if (trailing) return 'a comma after the last entry';
  const reason = REASONS[printParseErrorCode(first.error)] ?? 'not JSON';
  return first.offset >= text.trimEnd().length ? `the file ends too early: ${reason}` : reason;
}

function refuseDoubleKeys(node: Node, refuse: Refusal): void {
  const seen = new Set<unknown>();
  for (const child of node.children ?? []) {
    const [key, value] = node.type === 'object' ? (child.children ?? []) : [undefined, child];
    if (key !== undefined && seen.has(key.value))
      refuse(key.offset, `the key ${JSON.stringify(key.value)} appears twice in one object`);
    if (key !== undefined) seen.add(key.value);
    if (value !== undefined) refuseDoubleKeys(value, refuse);
  }
}

/** Line and column, both from 1. */
function placeOf(text: string, offset: number): readonly [number, number] {
  const lines = text.slice(0, offset).split(/\r\n|\n|\r/);
  return [lines.length, (lines.at(-1) ?? '').length + 1];
}
