import { describe, expect, it } from 'vitest';
import { classifyChanges } from '../../../../lib/worker/watch/classify-changes.ts';

const NEW = 1_000;
const OLD = 10;
const SINCE = 500;

describe('classifyChanges', () => {
  it.each<[string, boolean | undefined, number | undefined, readonly string[]]>([
    ['a file that was not there is created', false, NEW, ['created']],
    ['one that was is modified, also when another took its place', true, NEW, ['modified']],
    ['one that went is deleted', true, undefined, ['deleted']],
    ['one that came and went was never there', false, undefined, []],
    ['one that is older than its appearance was moved here', false, OLD, ['moved']],
    ['in a folder that is not remembered a young file is created', undefined, NEW, ['created']],
    ['and an old one modified', undefined, OLD, ['modified']],
    ['and one that is gone deleted', undefined, undefined, ['deleted']],
  ])('%s', (_name, wasKnown, bornAt, expected) => {
    expect(classifyChanges([{ wasKnown, bornAt }], SINCE)).toEqual(expected);
  });

  it('counts a file that disappeared and one that came from elsewhere as one move', () => {
    const gone = { wasKnown: true, bornAt: undefined };
    expect(classifyChanges([gone, { wasKnown: false, bornAt: OLD }, gone], SINCE)).toEqual([
      'moved',
      'deleted',
    ]);
  });
});
