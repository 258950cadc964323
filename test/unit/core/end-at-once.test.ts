import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../support/temp-folder.ts';
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';

const MODULE = pathToFileURL(resolve('lib/core/end-at-once.ts')).href;

/** What a program prints that ends so. */
function printed(program: string): string {
  const file = `${tempFolder()}/program.mts`;
  const say = "const say = (text: string) => process.stdout.write(text + ' ');";
  writeFileSync(file, `import { endAtOnce } from '${MODULE}';\n${say}\n${program}`);
  const tsx = resolve('node_modules/tsx/dist/cli.mjs');
  return execFileSync(process.execPath, [tsx, file], { encoding: 'utf8' }).trim();
}

describe('endAtOnce', () => {
  it('waits for what is left to do, and calls back at the end', () => {
    const program = `
      endAtOnce();
      process.on('exit', (status) => say('exit ' + status));
      process.exitCode = 0;
      setImmediate(() => setImmediate(() => say('done')));`;
    expect(printed(program)).toBe('done exit 0');
  });

  it('leaves the end to Node where something depends on it', () => {
    const program = `
      endAtOnce(() => false);
      process.once('beforeExit', () => say('Node'));`;
    expect(printed(program)).toBe('Node');
  });
});
