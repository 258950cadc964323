import { describe, expect, it } from 'vitest';
import { isPluginEnabled } from '../../../../lib/claude/settings/enabled-plugin.ts';

const enabling = (value: boolean, name = 'waymark@waymark'): string =>
  JSON.stringify({ enabledPlugins: { 'other@x': true, [name]: value } });

describe('isPluginEnabled', () => {
  it.each([
    ['no file', [undefined], false],
    ['no plugins', ['{}'], false],
    ['another plugin', ['{"enabledPlugins":{"waymarker@x":true}}'], false],
    ['ours', [enabling(true)], true],
    ['ours of another marketplace', [enabling(true, 'waymark@fork')], true],
    ['ours, switched off in the project', [enabling(true), enabling(false)], false],
    ['ours, in the project alone', [undefined, enabling(true), '{}'], true],
    ['a file that is no JSON', ['{', enabling(true)], true],
    ['plugins of a wrong shape', ['{"enabledPlugins":["waymark@waymark"]}'], false],
  ] as const)('reads %s', (_, texts, expected) => {
    expect(isPluginEnabled(texts)).toBe(expected);
  });
});
