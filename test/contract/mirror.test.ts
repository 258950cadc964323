import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const IMPORT = /^(?:import|export)\b[^;'"]*?\bfrom\s*'(\.[^'$]+)'|\bimport\(\s*'(\.[^'$]+)'/gm;

const names = readdirSync('test/unit', { recursive: true, encoding: 'utf8' });
const tests = names.filter((name) => name.endsWith('.test.ts'));

describe('test/unit', () => {
  it('has each test in the folder of what it tests', () => {
    expect(tests.length).toBeGreaterThan(200);
    expect(tests.filter((name) => !isInItsFolder(name))).toEqual([]);
  });
});

/**
 * `test/unit/queue` is the folder of `lib/queue`, `test/unit/installer` that of `installer`,
 * `test/unit/bench` that of `test/bench`.
 */
function isInItsFolder(name: string): boolean {
  const path = join('test/unit', name);
  const folders = ['lib', '.', 'test'].map((top) => join(top, dirname(name)));
  const text = readFileSync(path, 'utf8');
  const isCommand = dirname(name) === 'cli/commands' && text.includes('runCommand(');
  if (isCommand) return existsSync(join('lib', name.replace('.test.ts', '.ts')));
  const subjects = subjectsOf(path).map((file) => dirname(file));
  const isRead = (folder: string): boolean => new RegExp(`['\`]${folder}/`).test(text);
  return folders.some((folder) => subjects.includes(folder) || isRead(folder));
}

/**
 * Files that a test imports, itself or by its own helpers and `lib/index.ts`, or that it reads as
 * text.
 */
function subjectsOf(path: string): readonly string[] {
  const direct = importsOf(path);
  const further = direct.filter((file) => file.startsWith('test/') || file === 'lib/index.ts');
  return [...direct, ...further.flatMap(importsOf)];
}

function importsOf(path: string): readonly string[] {
  return [...readFileSync(path, 'utf8').matchAll(IMPORT)].map(([, one, other]) =>
    join(dirname(path), one ?? other ?? ''),
  );
}
