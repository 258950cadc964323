import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPlainFile } from '../../../lib/core/read-plain-file.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const MODULE = new URL('../../../lib/core/read-plain-file.ts', import.meta.url).pathname;

/** A process in which the file becomes a link between the look at it and its opening. */
const SWAPPED = `
const fs = require('node:fs');
const [file, target] = process.argv.slice(2);
const look = fs.lstatSync;
fs.lstatSync = (path, options) => {
  const seen = look(path, options);
  fs.unlinkSync(file);
  fs.symlinkSync(target, file);
  return seen;
};
require('node:module').syncBuiltinESMExports();
require('tsx/esm/api').tsImport(${JSON.stringify(MODULE)}, __filename).then(({ readPlainFile }) =>
  process.stdout.write(JSON.stringify(readPlainFile(file, { maxBytes: 100 }))),
);`;

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
      writeFileSync(`${root}/a`, '{}');
      writeFileSync(`${root}/secret`, 'hunter2');
      const script = `${root}/swapped.cjs`;
      writeFileSync(script, SWAPPED.replace("'tsx/esm/api'", JSON.stringify(tsx())));
      const said = execFileSync(process.execPath, [script, `${root}/a`, target], {
        encoding: 'utf8',
        timeout: 20_000,
      });
      expect(JSON.parse(said)).toEqual({ problem: 'ELOOP' });
    },
  );
});

function tsx(): string {
  return new URL(import.meta.resolve('tsx/esm/api')).pathname;
}
