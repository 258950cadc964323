import { describe, expect, it } from 'vitest';
import { choosePager, isLong, createPagedOutput } from '../../../lib/cli/pager.ts';

describe('the pager', () => {
  it.each([
    ['less -FRX', {}],
    ['more', { PAGER: 'more' }],
    ['bat -p', { PAGER: 'more', WAYMARK_PAGER: 'bat -p' }],
    ['more', { PAGER: 'more', TERM: 'dumb' }],
    [undefined, { PAGER: '' }],
    [undefined, { PAGER: 'cat' }],
    [undefined, { PAGER: 'more', WAYMARK_PAGER: '' }],
    [undefined, { TERM: 'dumb' }],
  ])('is %s for %j', (pager, environment) => {
    expect(choosePager(environment, ['events'], 'linux')).toBe(pager);
  });

  it.each(['--no-pager', '--follow', '-f', '--watch'])('is not used with %s', (flag) => {
    expect(choosePager({ PAGER: 'more' }, ['log', flag])).toBeUndefined();
  });

  it('is not looked for on Windows, where less is seldom there', () => {
    expect(choosePager({}, ['events'], 'win32')).toBeUndefined();
  });
});

describe('a text', () => {
  const size = { columns: 10, rows: 4 };

  it.each([
    [false, 'a\nb\nc\n', size],
    [true, 'a\nb\nc\nd\n', size],
    [true, `${'a'.repeat(31)}\n`, size],
    [false, `\u001b[36m${'a'.repeat(30)}\u001b[39m\n`, size],
    [true, `${'漢'.repeat(16)}\n`, size],
    [false, 'a\n'.repeat(100), { columns: 10, rows: 0 }],
    [false, 'a\n'.repeat(100), {}],
    [true, 'a\n'.repeat(100), { columns: 0, rows: 4 }],
  ])('is long: %s', (expected, text, terminal) => {
    expect(isLong(text, terminal)).toBe(expected);
  });
});

describe('paged output', () => {
  function setUp(show: (text: string) => boolean) {
    const written: string[] = [];
    const terminal = { write: (text: string) => written.push(text), columns: 80, rows: 3 };
    const notes = { write: (text: string) => written.push(`2> ${text}`) };
    return { written, paged: createPagedOutput(terminal, notes, show) };
  }

  it('goes to the terminal when it is short, and standard error after it', () => {
    const { written, paged } = setUp(() => true);
    paged.stderr.write('careful\n');
    paged.stdout.write('one\n');
    expect(written).toEqual([]);
    paged.finish();
    expect(written).toEqual(['one\n', '2> careful\n']);
  });

  it('goes to the pager when it is long', () => {
    let shown = '';
    const { written, paged } = setUp((text) => {
      shown = text;
      return true;
    });
    for (const line of ['one\n', 'two\n', 'three\n']) paged.stdout.write(line);
    paged.finish();
    expect({ shown, written }).toEqual({ shown: 'one\ntwo\nthree\n', written: [] });
  });

  it('goes to the terminal when the pager cannot run', () => {
    const { written, paged } = setUp(() => false);
    paged.stdout.write('one\ntwo\nthree\n');
    paged.finish();
    expect(written).toEqual(['one\ntwo\nthree\n']);
  });
});
