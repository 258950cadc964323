import { describe, expect, it } from 'vitest';
import { mergeHooks } from '../../../../lib/claude/settings/merge-hooks.ts';
import { removeHooks } from '../../../../lib/claude/settings/remove-hooks.ts';
import { BIN, ENTRIES, isOurs, OTHERS } from './sample-settings.ts';

const OURS = `{"type":"command","command":${JSON.stringify(`${BIN}/stop`)}}`;
const THEIRS = '{ "type": "command", "command": "theirs" }';

describe('removeHooks', () => {
  it.each([
    [
      'the first of a group',
      `{"hooks": {"Stop": [{"hooks": [${OURS}, ${THEIRS}]}]}}`,
      `{"hooks": {"Stop": [{"hooks": [${THEIRS}]}]}}`,
    ],
    [
      'the last of a group',
      `{"hooks": {"Stop": [{"hooks": [${THEIRS} , ${OURS} ]}]}}`,
      `{"hooks": {"Stop": [{"hooks": [${THEIRS} ]}]}}`,
    ],
    [
      'one between two',
      `{"hooks": {"Stop": [{"hooks": [${THEIRS},\n${OURS},\n${THEIRS}]}]}}`,
      `{"hooks": {"Stop": [{"hooks": [${THEIRS},\n${THEIRS}]}]}}`,
    ],
    [
      'the first two of three',
      `{"hooks": {"Stop": [{"hooks": [ ${OURS}, ${OURS}, ${THEIRS}]}]}}`,
      `{"hooks": {"Stop": [{"hooks": [ ${THEIRS}]}]}}`,
    ],
    [
      'a whole group',
      `{"hooks": {"Stop": [{"hooks": [${OURS}]}, {"hooks": [${THEIRS}]}]}}`,
      `{"hooks": {"Stop": [{"hooks": [${THEIRS}]}]}}`,
    ],
    [
      'a whole event',
      `{"hooks": {"Stop": [{"hooks": [${OURS}]}], "Other": []}}`,
      '{"hooks": {"Other": []}}',
    ],
    [
      'the hooks key in the middle',
      `{"a": 1, "hooks": {"Stop": [{"hooks": [${OURS}]}]}, "b": 2}`,
      '{"a": 1, "b": 2}',
    ],
    [
      'the hooks key at the start',
      `{ "hooks": {"Stop": [{"hooks": [${OURS}]}]}, "b": 2}`,
      '{ "b": 2}',
    ],
    ['the hooks key alone', `{ "hooks": {"Stop": [{"hooks": [${OURS}]}]} }\n`, '{}\n'],
    [
      'ours, but not a group that was empty before',
      `{"hooks": {"Stop": [{"hooks": []}, {"hooks": [${OURS}]}]}}`,
      '{"hooks": {"Stop": [{"hooks": []}]}}',
    ],
  ])('takes out %s', (_, before, after) => {
    expect(removeHooks(before, isOurs).text).toBe(after);
  });

  it.each([
    ['nothing of ours', OTHERS],
    ['an empty file', ''],
    ['an empty hooks key', '{"hooks": {}}'],
    ['empty events and groups', '{"hooks": {"Stop": [], "Other": [{"hooks": []}]}}'],
  ])('leaves %s as it is', (_, text) => {
    expect(removeHooks(text, isOurs)).toEqual({ text, removed: 0 });
  });

  it('undoes a merge byte for byte', () => {
    const { text } = mergeHooks(OTHERS, ENTRIES, isOurs);
    expect(removeHooks(text, isOurs)).toEqual({ text: OTHERS, removed: 3 });
  });

  it('takes ours out of a file that others changed meanwhile', () => {
    const merged = mergeHooks(OTHERS, ENTRIES, isOurs).text;
    const changed = merged.replace('"opus"', '"sonnet"');
    expect(removeHooks(changed, isOurs).text).toBe(OTHERS.replace('"opus"', '"sonnet"'));
  });
});
