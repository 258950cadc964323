import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHistoryLine } from '../../../lib/claude/history.ts';

const line = (fields: object): string =>
  JSON.stringify({
    display: 'Round',
    timestamp: 7,
    project: '/work',
    pastedContents: {},
    ...fields,
  });

describe('parseHistoryLine', () => {
  it('gives the prompt, redacted, with the session that newer clients name', () => {
    const secret = `ghp_${'a1B2'.repeat(9)}`;
    expect(parseHistoryLine(line({ display: ` use ${secret} ` }))).toEqual({
      ...{ id: expect.stringMatching(/^prompt\/7\//), text: 'use [redacted]', length: 44 },
      ...{ at: 7, project: '/work' },
    });
    expect(parseHistoryLine(line({ sessionId: 's1' }))?.sessionId).toBe('s1');
    expect(parseHistoryLine(line({ sessionId: '../s1' }))?.sessionId).toBe(undefined);
  });

  it('leaves out commands without arguments, and what is no prompt', () => {
    expect(parseHistoryLine(line({ display: '/clear' }))).toBe(undefined);
    expect(parseHistoryLine(line({ display: '/review the cents' }))?.text).toBe(
      '/review the cents',
    );
    for (const fields of [{ display: ' ' }, { project: 7 }, { timestamp: 'x' }])
      expect(parseHistoryLine(line(fields))).toBe(undefined);
    expect(parseHistoryLine('{')).toBe(undefined);
  });

  it('never throws, whatever JSON a line holds', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        parseHistoryLine(JSON.stringify(value));
      }),
    );
  });
});
