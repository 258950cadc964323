import { describe, expect, it } from 'vitest';
import { mergeHooks } from '../../../../lib/claude/settings/merge-hooks.ts';
import { BIN, ENTRIES, entry, isOurs, OTHERS } from './sample-settings.ts';

const LAUNCHER = JSON.stringify(`${BIN}/stop`);
const STOP = [entry('Stop', 'stop')];

describe('mergeHooks', () => {
  it.each([
    [
      'an empty file',
      '',
      `{\n  "hooks": {\n    "Stop": [\n      {\n        "hooks": [\n          {\n            "type": "command",\n            "command": ${LAUNCHER},\n            "args": [],\n            "timeout": 5\n          }\n        ]\n      }\n    ]\n  }\n}\n`,
    ],
    [
      'a minified file',
      '{"a":1}',
      `{"a":1,"hooks":{"Stop":[{"hooks":[{"type":"command","command":${LAUNCHER},"args":[],"timeout":5}]}]}}`,
    ],
    [
      'one spacious line',
      '{ "a": 1, "b": 2 }\n',
      `{ "a": 1, "b": 2, "hooks": { "Stop": [{ "hooks": [{ "type": "command", "command": ${LAUNCHER}, "args": [], "timeout": 5 }] }] } }\n`,
    ],
    [
      'tabs',
      '{\n\t"a": 1\n}',
      `{\n\t"a": 1,\n\t"hooks": {\n\t\t"Stop": [\n\t\t\t{\n\t\t\t\t"hooks": [\n\t\t\t\t\t{\n\t\t\t\t\t\t"type": "command",\n\t\t\t\t\t\t"command": ${LAUNCHER},\n\t\t\t\t\t\t"args": [],\n\t\t\t\t\t\t"timeout": 5\n\t\t\t\t\t}\n\t\t\t\t]\n\t\t\t}\n\t\t]\n\t}\n}`,
    ],
    [
      'four spaces and CRLF',
      '{\r\n    "a": 1\r\n}\r\n',
      `{\r\n    "a": 1,\r\n    "hooks": {\r\n        "Stop": [\r\n            {\r\n                "hooks": [\r\n                    {\r\n                        "type": "command",\r\n                        "command": ${LAUNCHER},\r\n                        "args": [],\r\n                        "timeout": 5\r\n                    }\r\n                ]\r\n            }\r\n        ]\r\n    }\r\n}\r\n`,
    ],
  ])('writes like the rest of %s', (_, before, after) => {
    expect(mergeHooks(before, STOP, isOurs)).toEqual({ text: after, added: 1, removed: 0 });
  });

  it('indents by more than ten characters where the file does', () => {
    const merged = mergeHooks('{\n            "a": 1\n}', STOP, isOurs);
    expect(merged.text).toContain('\n                        "Stop": [\n');
  });

  it('leaves every byte of three other toolkits alone', () => {
    const { text, added } = mergeHooks(OTHERS, ENTRIES, isOurs);
    expect(added).toBe(3);
    let rest = text;
    for (const line of OTHERS.split('\n')) {
      const kept = line.replace(/[\]}]+,?$/, ''); // closing brackets may get a neighbour in front
      expect(rest).toContain(kept);
      rest = rest.slice(rest.indexOf(kept) + kept.length);
    }
  });

  it('puts a missing entry at the end of its event and a missing event at the end of hooks', () => {
    const { text } = mergeHooks(OTHERS, ENTRIES, isOurs);
    const { hooks } = JSON.parse(text);
    expect(Object.keys(hooks)).toEqual([
      'PreToolUse',
      'PostToolUse',
      'SessionStart',
      'PostCompact',
      'Stop',
    ]);
    expect(hooks.PostToolUse[1]).toEqual({ matcher: 'Write|Edit', hooks: [ENTRIES[1]?.handler] });
    expect(hooks.SessionStart[1]).toEqual({ hooks: [ENTRIES[0]?.handler] });
  });

  it('stays on the line where the neighbours do', () => {
    const { text } = mergeHooks(
      '{\n  "hooks": {\n    "Stop": [{"hooks": []}]\n  }\n}',
      STOP,
      isOurs,
    );
    expect(text).toContain('"Stop": [{"hooks": []}, {"hooks": [{"type": "command"');
  });

  it('fills an empty hooks object and an empty event', () => {
    for (const before of [
      '{"hooks": {}}',
      '{"hooks": {"Stop": []}}',
      '{\n  "hooks": {\n  }\n}',
      '{\n  "hooks": { "Stop": [ ] }\n}',
    ]) {
      expect(JSON.parse(mergeHooks(before, STOP, isOurs).text)).toEqual({
        hooks: { Stop: [{ hooks: [STOP[0]?.handler] }] },
      });
    }
  });

  it('returns its own output unchanged when run on it', () => {
    const once = mergeHooks(OTHERS, ENTRIES, isOurs).text;
    expect(mergeHooks(once, ENTRIES, isOurs)).toEqual({ text: once, added: 0, removed: 0 });
  });

  it('keeps an entry that was formatted by hand', () => {
    const text = JSON.stringify(JSON.parse(mergeHooks(OTHERS, ENTRIES, isOurs).text), null, 3);
    expect(mergeHooks(text, ENTRIES, isOurs)).toEqual({ text, added: 0, removed: 0 });
  });

  it('updates an older form in place', () => {
    const before = `{"hooks":{"Stop":[{"hooks":[{"type":"command","command":${LAUNCHER}}]},{"hooks":[{"type":"command","command":"z"}]}]}}`;
    const { text, added, removed } = mergeHooks(before, STOP, isOurs);
    expect([added, removed]).toEqual([1, 1]);
    expect(text).toBe(
      `{"hooks":{"Stop":[{"hooks":[{"type":"command","command":${LAUNCHER},"args":[],"timeout":5}]},{"hooks":[{"type":"command","command":"z"}]}]}}`,
    );
  });

  it('gives an entry its new matcher', () => {
    const older = mergeHooks(
      '{"a":1}',
      [entry('PostToolUse', 'post-tool-use', 'Write')],
      isOurs,
    ).text;
    const { text } = mergeHooks(
      older,
      [entry('PostToolUse', 'post-tool-use', 'Write|Edit')],
      isOurs,
    );
    expect(JSON.parse(text).hooks.PostToolUse).toEqual([
      { matcher: 'Write|Edit', hooks: [entry('PostToolUse', 'post-tool-use').handler] },
    ]);
  });

  it('moves out of a group whose matcher belongs to others', () => {
    const shared = {
      matcher: 'Bash',
      hooks: [
        { type: 'command', command: 'theirs' },
        entry('PostToolUse', 'post-tool-use').handler,
      ],
    };
    const { text } = mergeHooks(
      JSON.stringify({ hooks: { PostToolUse: [shared] } }),
      [entry('PostToolUse', 'post-tool-use', 'Write')],
      isOurs,
    );
    expect(JSON.parse(text).hooks.PostToolUse).toEqual([
      { matcher: 'Bash', hooks: [{ type: 'command', command: 'theirs' }] },
      { matcher: 'Write', hooks: [entry('PostToolUse', 'post-tool-use').handler] },
    ]);
  });

  it('removes own entries that are no longer wanted, twice there, or under a wrong event', () => {
    const all = mergeHooks(OTHERS, [...ENTRIES, entry('PreCompact', 'stop')], isOurs).text;
    const { text, removed } = mergeHooks(all, STOP, isOurs);
    expect(removed).toBe(3);
    expect(text).toBe(mergeHooks(OTHERS, STOP, isOurs).text);
    const twice = JSON.stringify({
      hooks: { Stop: [{ hooks: [STOP[0]?.handler, STOP[0]?.handler] }] },
    });
    expect(JSON.parse(mergeHooks(twice, STOP, isOurs).text)).toEqual({
      hooks: { Stop: [{ hooks: [STOP[0]?.handler] }] },
    });
  });

  it('keeps the place of hooks when every old event goes and another comes', () => {
    const before = mergeHooks('{"hooks":{},"z":1}', STOP, isOurs).text;
    const { text } = mergeHooks(before, [entry('SessionStart', 'session-start')], isOurs);
    expect(Object.keys(JSON.parse(text))).toEqual(['hooks', 'z']);
    expect(Object.keys(JSON.parse(text).hooks)).toEqual(['SessionStart']);
  });

  it('replaces, removes and adds side by side in one event', () => {
    const older = JSON.stringify({ type: 'command', command: `${BIN}/stop` });
    const extra = JSON.stringify(entry('Stop', 'session-start').handler);
    const theirs = '{ "type": "command", "command": "theirs" }';
    const before = `{ "hooks": { "Stop": [{ "hooks": [${older}, ${theirs}, ${extra}] }] } }`;
    const wanted = [...STOP, entry('Stop', 'post-tool-use', 'Bash'), ...ENTRIES.slice(0, 1)];
    const { text, added, removed } = mergeHooks(before, wanted, isOurs);
    expect([added, removed]).toEqual([3, 2]);
    expect(JSON.parse(text).hooks).toEqual({
      Stop: [
        { hooks: [STOP[0]?.handler, JSON.parse(theirs)] },
        { matcher: 'Bash', hooks: [wanted[1]?.handler] },
      ],
      SessionStart: [{ hooks: [ENTRIES[0]?.handler] }],
    });
    expect(text).toContain(`, ${theirs}] }, { "matcher": "Bash"`);
  });

  it('does not touch a file with hooks of a wrong shape', () => {
    expect(() => mergeHooks('{"hooks": {"Stop": {}}}', STOP, isOurs)).toThrow(
      expect.objectContaining({ code: 'SETTINGS_INVALID' }),
    );
  });
});
