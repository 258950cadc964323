import { describe, expect, it } from 'vitest';
import { StoreFault, storeFaultOf } from '../../../lib/store/store-fault.ts';

describe('storeFaultOf', () => {
  it.each([
    ['node:sqlite, a primary code', { errcode: 5 }, 'BUSY'],
    ['node:sqlite, an extended code', { errcode: 5 | (2 << 8) }, 'BUSY'],
    ['libsql, an extended code', { code: 'SQLITE_IOERR_WRITE', rawCode: 10 | (3 << 8) }, 'IOERR'],
    [
      'a lock of the write-ahead log that somebody does not let go',
      { rawCode: 15, message: 'locking protocol' },
      'PROTOCOL',
    ],
    [
      'libsql, while it opens a file',
      new Error('ConnectionFailed("Unable to open connection to local database /x: 14")'),
      'CANTOPEN',
    ],
  ])('knows %s', (_name, thrown, kind) => {
    expect(storeFaultOf(thrown)?.kind).toBe(kind);
  });

  it.each([
    ['a constraint', { errcode: 1_555 }],
    ['a wrong statement', { rawCode: 1, message: 'near "selec": syntax error' }],
    ['malformed JSON in an entry', Object.assign(new Error('malformed JSON'), { rawCode: 1 })],
    ['a fault of ours that speaks of databases', new Error('database is locked, said the text')],
    ['nothing', undefined],
    ['a text', 'SQLITE_BUSY'],
  ])('leaves %s to the entry', (_name, thrown) => {
    expect(storeFaultOf(thrown)).toBeUndefined();
  });

  it('returns a fault that is one already', () => {
    const fault = new StoreFault('FULL', new Error('database or disk is full'));
    expect(storeFaultOf(fault)).toBe(fault);
    expect(fault.message).toBe('database or disk is full');
  });
});
