import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyPackage } from '../../../installer/copy-package.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** A package whose `index.js` gives its version and what it gets from its dependencies. */
function makePackage(
  folder: string,
  version: string,
  dependencies: readonly string[] = [],
  more: object = {},
): string {
  mkdirSync(folder, { recursive: true });
  const manifest = {
    name: 'x',
    version,
    main: 'index.js',
    dependencies: Object.fromEntries(dependencies.map((name) => [name, '*'])),
    ...more,
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const parts = dependencies.map(
    (name) => `${JSON.stringify(name)}: require(${JSON.stringify(name)})`,
  );
  writeFileSync(
    join(folder, 'index.js'),
    `module.exports = { version: '${version}', ${parts.join(', ')} };`,
  );
  return folder;
}

const load = (folder: string): unknown => createRequire(join(folder, 'package.json'))(folder);

describe('copyPackage', () => {
  it('resolves the same versions from the copy of a hoisted tree with conflicts', () => {
    const modules = join(tempFolder(), 'node_modules');
    const root = makePackage(join(modules, 'waymark'), '1', ['a', 'b', '@scope/c']);
    makePackage(join(modules, 'a'), '1', ['b']);
    makePackage(join(modules, 'b'), '1', ['d']);
    makePackage(join(modules, 'waymark/node_modules/b'), '2', ['d']);
    makePackage(join(modules, 'waymark/node_modules/d'), '2');
    makePackage(join(modules, '@scope/c'), '1', ['d', 'a']);
    makePackage(join(modules, 'd'), '1');
    makePackage(join(modules, 'unrelated'), '1');
    const before = load(root);
    const target = join(tempFolder(), 'copy');
    copyPackage(root, target);
    expect(load(target)).toEqual(before);
    expect(existsSync(join(target, 'node_modules/unrelated'))).toBe(false);
  });

  it('resolves the same versions from the copy of a tree of links, and holds no link itself', () => {
    const store = join(tempFolder(), 'node_modules/.store');
    const root = makePackage(join(store, 'waymark@1/node_modules/waymark'), '1', ['a']);
    const a = makePackage(join(store, 'a@1/node_modules/a'), '1', ['b']);
    const b = makePackage(join(store, 'b@3/node_modules/b'), '3');
    symlinkSync(a, join(dirname(root), 'a'));
    symlinkSync(b, join(dirname(a), 'b'));
    const target = join(tempFolder(), 'copy');
    copyPackage(root, target);
    expect(load(target)).toEqual(load(root));
    expect(lstatSync(join(target, 'node_modules/a')).isSymbolicLink()).toBe(false);
  });

  it('survives a circle and optional dependencies that are not there', () => {
    const modules = join(tempFolder(), 'node_modules');
    const root = makePackage(join(modules, 'waymark'), '1', [], {
      dependencies: { a: '*' },
      optionalDependencies: { 'not-there': '*', there: '*' },
    });
    makePackage(join(modules, 'a'), '1', [], { dependencies: { waymark: '*', a: '*' } });
    makePackage(join(modules, 'there'), '7');
    const target = join(tempFolder(), 'copy');
    copyPackage(root, target);
    expect(
      JSON.parse(readFileSync(join(target, 'node_modules/there/package.json'), 'utf8')).version,
    ).toBe('7');
    expect(existsSync(join(target, 'node_modules/a'))).toBe(true);
  });
});
