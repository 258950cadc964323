import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findStatusLine,
  mergeStatusLine,
  removeStatusLine,
} from '../../../../lib/claude/settings/status-line.ts';
import { anySettingsText } from './any-settings.ts';
import { OTHERS } from './sample-settings.ts';

const LINE = { type: 'command', command: "'/home/jörg/bin/statusline'", refreshInterval: 30 };
const isOurs = (command: string): boolean => command === LINE.command;
const OWN = '{ "type":"command",\n      "command": "~/line.sh" }';

describe('the status line in settings.json', () => {
  it('is added at the end in the style of the file, and taken out byte for byte', () => {
    const merged = mergeStatusLine(OTHERS, LINE);
    expect(merged).toContain('    "statusLine": {\n        "type": "command",');
    expect(mergeStatusLine(merged, LINE)).toBe(merged);
    expect(removeStatusLine(merged, isOurs)).toBe(OTHERS);
  });

  it('takes the place of the own one, which comes back byte for byte', () => {
    const before = `{\n\t"statusLine": ${OWN},\n\t"model": "opus"\n}\n`;
    const found = findStatusLine(before);
    expect(found).toMatchObject({ raw: OWN, command: '~/line.sh' });
    const merged = mergeStatusLine(before, LINE);
    expect(findStatusLine(merged)?.value).toEqual(LINE);
    expect(removeStatusLine(merged, isOurs, found?.raw)).toBe(before);
  });

  it('stays where it is not ours', () => {
    const before = `{"statusLine":${OWN}}`;
    expect(removeStatusLine(before, isOurs)).toBe(before);
    expect(removeStatusLine('{}', isOurs)).toBe('{}');
  });

  it.each([
    '"none"',
    'null',
    '{}',
    '{"type":"command"}',
    '{"type":"http","command":"x"}',
    '{"type":"command","command":" "}',
  ])('has no command in the form %s', (raw) => {
    expect(findStatusLine(`{"statusLine":${raw}}`)).toMatchObject({ raw, command: undefined });
  });

  it('is made together with an empty file', () => {
    expect(JSON.parse(mergeStatusLine('', LINE))).toEqual({ statusLine: LINE });
  });

  it('goes in and out of any settings in any formatting', () => {
    fc.assert(
      fc.property(anySettingsText, ({ text, value }) => {
        fc.pre(!('statusLine' in value));
        const merged = mergeStatusLine(text, LINE);
        expect(JSON.parse(merged)).toEqual({ ...value, statusLine: LINE });
        expect(JSON.parse(removeStatusLine(merged, isOurs))).toEqual(value);
        if (Object.keys(value).length > 0) expect(removeStatusLine(merged, isOurs)).toBe(text);
      }),
    );
  });
});
