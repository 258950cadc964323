import { renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { readPlainFile } from '../../../lib/core/read-plain-file.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** Called between the look at a path and its opening. */
const swap = vi.hoisted(() => ({ run: (): void => undefined }));

vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs')>();
  const lstatSync = (path: string, options: { readonly throwIfNoEntry: false }) => {
    const seen = real.lstatSync(path, options);
    swap.run();
    return seen;
  };
  return { ...real, lstatSync };
});

beforeEach(() => {
  swap.run = () => undefined;
});

describe('a plain file', () => {
  it('is read whole, without a byte order mark', () => {
    const file = `${tempFolder()}/a`;
    writeFileSync(file, '\ufeff{"a":1}');
    expect(readPlainFile(file, { maxBytes: 100 })).toEqual({ text: '{"a":1}' });
    expect(readPlainFile(file, { maxBytes: 5 })).toEqual({
      problem: 'it is larger than 5 bytes',
    });
    expect(readPlainFile(`${file}/b`, { maxBytes: 5 })).toBeUndefined();
  });

  it.each(['/dev/zero', 'secret'])(
    'is not read where it becomes a link to %s after it was looked at',
    (target) => {
      const root = tempFolder();
      const file = `${root}/a`;
      writeFileSync(file, '{}');
      writeFileSync(`${root}/secret`, 'hunter2');
      symlinkSync(target, `${root}/link`);
      swap.run = () => renameSync(`${root}/link`, file);
      expect(readPlainFile(file, { maxBytes: 100 })).toEqual({ problem: 'ELOOP' });
    },
  );
});
