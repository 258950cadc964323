import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../../../lib/claude/settings/parse-settings.ts';

function refusal(text: string): { readonly code: string; readonly message: string } {
  try {
    parseSettings(text, '/home/x/settings.json');
  } catch (error) {
    if (error instanceof Error && 'code' in error)
      return { code: String(error.code), message: error.message };
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

describe('parseSettings', () => {
  it.each([
    ['a line comment', '{\n  // mine\n  "a": 1\n}', 2, 3],
    ['a block comment', '{ /* mine */ }', 1, 3],
    ['a comma after the last entry of an object', '{\n  "a": 1,\n}', 3, 1],
    ['a comma after the last entry of an array', '{"a": [1, 2,\r\n]}', 2, 1],
    ['a byte order mark', '\uFEFF{}', 1, 1],
    ['a key that stands twice', '{\n  "hooks": {},\n  "hooks": {}\n}', 3, 3],
    ['a key that stands twice further down', '{"env": {"A": "1",\n"A": "2"}}', 2, 1],
    ['an array as the whole file', ' []', 1, 2],
    ['a text as the whole file', '"x"', 1, 1],
    ['something behind the end', '{}\n{}', 2, 1],
    ['an unfinished file', '{"a":', 1, 6],
    ['single quotes', "{'a': 1}", 1, 2],
    ['a missing comma', '{"a": 1 "b": 2}', 1, 9],
    ['a raw line break in a text', '{"a": "x\ny"}', 1, 7],
    ['hooks as an array', '{"hooks": []}', 1, 11],
    ['hooks as null', '{"hooks": null}', 1, 11],
    ['an event that is an object', '{"hooks": {\n  "Stop": {}\n}}', 2, 11],
    ['a group that is a text', '{"hooks": {"Stop": ["x"]}}', 1, 21],
    ['a group without hooks', '{"hooks": {"Stop": [{"matcher": ""}]}}', 1, 21],
    ['a group whose hooks is an object', '{"hooks": {"Stop": [{"hooks": {}}]}}', 1, 31],
    ['a matcher that is an object', '{"hooks": {"Stop": [{"matcher": {}, "hooks": []}]}}', 1, 33],
    ['a handler that is a text', '{"hooks": {"Stop": [{"hooks": ["x"]}]}}', 1, 32],
    ['a handler without a type', '{"hooks": {"Stop": [{"hooks": [{"command": "x"}]}]}}', 1, 32],
    [
      'a handler of an unknown type',
      '{"hooks": {"Stop": [{"hooks": [{"type": "shell", "command": "x"}]}]}}',
      1,
      41,
    ],
    [
      'a command that is a number',
      '{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": 1}]}]}}',
      1,
      63,
    ],
    [
      'a timeout in quotes',
      '{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "x", "timeout": "5"}]}]}}',
      1,
      79,
    ],
    [
      'a timeout of 0',
      '{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "x", "timeout": 0}]}]}}',
      1,
      79,
    ],
    [
      'arguments that are no list of texts',
      '{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "x", "args": [1]}]}]}}',
      1,
      77,
    ],
  ])('refuses %s with line and column', (_, text, line, column) => {
    const { code, message } = refusal(text);
    expect(code).toBe('SETTINGS_INVALID');
    expect(message).toContain(`/home/x/settings.json: line ${line}, column ${column}:`);
  });

  it('names a trailing comma and a comment for what they are', () => {
    expect(refusal('{"a": 1,}').message).toContain('a comma after the last entry');
    expect(refusal('{"a": 1 // one\n}').message).toContain('comments are not JSON');
  });

  it('refuses nesting that no client would survive instead of overflowing', () => {
    expect(refusal('['.repeat(200_000)).code).toBe('SETTINGS_INVALID');
  });

  it.each([
    ['an empty file', ''],
    ['white space', ' \n'],
    ['no hooks', '{"model": "x"}'],
    ['an unknown event', '{"hooks": {"NotYetInvented": [{"hooks": []}]}}'],
    [
      'unknown keys in a group and a handler',
      '{"hooks": {"Stop": [{"_by": "x", "hooks": [{"type": "command", "command": "x", "_by": 1}]}]}}',
    ],
    [
      'every type of handler',
      '{"hooks":{"Stop":[{"hooks":[{"type":"http","url":"u"},{"type":"mcp_tool","server":"s","tool":"t"},{"type":"prompt","prompt":"p"},{"type":"agent","prompt":"p"}]}]}}',
    ],
    [
      'a fractional timeout',
      '{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"x","timeout":0.5}]}]}}',
    ],
  ])('accepts %s', (_, text) => {
    expect(() => parseSettings(text)).not.toThrow();
  });

  it('tells whether all hooks are switched off', () => {
    expect(parseSettings('{"disableAllHooks": true}').disableAllHooks).toBe(true);
    expect(parseSettings('{"disableAllHooks": false}').disableAllHooks).toBe(false);
    expect(parseSettings('{"x": {"disableAllHooks": true}}').disableAllHooks).toBe(false);
  });

  it('gives each handler with its event, matcher and value', () => {
    const { events } = parseSettings(
      '{"hooks": {"Stop": [{"matcher": "a", "hooks": [{"type": "command", "command": "x"}]}]}}',
    );
    expect(events.map((event) => event.name)).toEqual(['Stop']);
    expect(events[0]?.groups[0]?.matcher).toBe('a');
    expect(events[0]?.groups[0]?.handlers[0]?.value).toStrictEqual({
      type: 'command',
      command: 'x',
    });
  });
});
