import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packageVersion, productVersion } from '../../../lib/core/package-folder.ts';
import { tempFolder } from '../../support/temp-folder.ts';

function builtPackage(build?: object): string {
  const folder = tempFolder();
  mkdirSync(`${folder}/dist`);
  if (build !== undefined) writeFileSync(`${folder}/dist/build.json`, JSON.stringify(build));
  return folder;
}

describe('productVersion', () => {
  it('names the build of a built program', () => {
    const folder = builtPackage({ build: '3f9a1c20b7d4' });
    expect(productVersion(`${folder}/dist/chunks/x.js`, folder)).toBe(
      `${packageVersion()}+3f9a1c20b7d4`,
    );
  });

  it('has no build in a program that runs from source, even with a build beside it', () => {
    const folder = builtPackage({ build: '3f9a1c20b7d4' });
    expect(productVersion(`${folder}/lib/core/x.ts`, folder)).toBe(packageVersion());
  });

  it('is the version of the package if there is no build id', () => {
    const folder = builtPackage();
    expect(productVersion(`${folder}/dist/waymark.cjs`, folder)).toBe(packageVersion());
  });
});
