import { describe, expect, it } from 'vitest';
import {
  countField,
  folderField,
  idField,
  nameField,
  readLineTime,
} from '../../../../lib/claude/transcript/line-fields.ts';

describe('idField', () => {
  it.each(['toolu_01AbC', '11111111-0000-4000-8000-00000000000a', 'call_x/y+z=', '__proto__'])(
    'takes %s',
    (id) => {
      expect(idField({ id }, 'id')).toBe(id);
    },
  );

  it.each(['', 'a\nb', 'a b', 'nul\0', '\ud800', 'x'.repeat(257), 5, null, ['a']])(
    'takes %j for none',
    (id) => {
      expect(idField({ id }, 'id')).toBeUndefined();
    },
  );
});

describe('countField', () => {
  it.each([
    [5, 5],
    [1.9, 1],
    [-5, 0],
    [1e308, 0],
    [2 ** 53, 0],
    ['5', 0],
    [null, 0],
    [{}, 0],
  ])('takes %j for %i', (count, wanted) => {
    expect(countField({ count }, 'count')).toBe(wanted);
  });
});

describe('folderField', () => {
  it.each(['/work/shop', 'C:\\work', 'D:/work', '\\\\server\\share'])('takes %s', (cwd) => {
    expect(folderField({ cwd }, 'cwd')).toBe(cwd);
  });

  it.each(['../etc', 'work', '', '/a\0b', `/${'x'.repeat(5_000)}`, 5])(
    'takes %j for none',
    (cwd) => {
      expect(folderField({ cwd }, 'cwd')).toBeUndefined();
    },
  );
});

describe('timeOfLine', () => {
  it.each([
    '+275760-09-13T00:00:00.000Z',
    '-271821-04-20T00:00:00.000Z',
    '2100-01-01T00:00:00.000Z',
    '9'.repeat(1_000_000),
    'x',
    5,
    null,
  ])('takes %j for none', (timestamp) => {
    expect(readLineTime({ timestamp })).toBeUndefined();
  });

  it('is in milliseconds since the epoch', () => {
    expect(readLineTime({ timestamp: '2026-11-22T10:00:00.000Z' })).toBe(1_795_341_600_000);
    expect(readLineTime(undefined)).toBeUndefined();
  });
});

describe('nameField', () => {
  it('cuts what is longer than any name', () => {
    expect(nameField({ name: 'y'.repeat(3_000) }, 'name')).toHaveLength(128);
  });
});
