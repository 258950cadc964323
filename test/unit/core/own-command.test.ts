import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandAnywhere, ownCommand, withOwnCommand } from '../../../lib/core/own-command.ts';
import { tempFolder } from '../../support/temp-folder.ts';

function write(file: string, text = ''): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function link(file: string, target: string): void {
  mkdirSync(dirname(file), { recursive: true });
  symlinkSync(target, file);
}

/** A built package at `folder` below a throw-away root, and how it is called from `cwd`. */
function place(folder: string, cwd = '') {
  const root = tempFolder();
  const packageFolder = `${root}/${folder}`;
  const script = `${packageFolder}/dist/waymark.cjs`;
  write(script);
  mkdirSync(`${root}/${cwd}`, { recursive: true });
  const called = (environment = {}, bin?: string): string =>
    ownCommand({ packageFolder, cwd: `${root}/${cwd}`, environment, bin }).replaceAll(root, '');
  return { root, script, called };
}

describe('ownCommand', () => {
  it('is the path below the working folder in a clone', () => {
    expect(place('clone', 'clone').called()).toBe('node dist/waymark.cjs');
    expect(place('clone').called()).toBe('node clone/dist/waymark.cjs');
    expect(place('clone', 'elsewhere').called()).toBe('node /clone/dist/waymark.cjs');
  });

  it('quotes a path that a shell would split', () => {
    expect(place("o'neil's clone").called()).toBe("node 'o'\\''neil'\\''s clone/dist/waymark.cjs'");
  });

  it('is the name if a shell finds this waymark', () => {
    const { root, script, called } = place('lib/node_modules/waymark', 'work');
    link(`${root}/bin/waymark`, script);
    expect(called({ PATH: `/nowhere:${root}/bin` })).toBe('waymark');
  });

  it('is not the name if a shell finds another one', () => {
    const { root, called } = place('clone', 'clone');
    write(`${root}/other/waymark/dist/waymark.cjs`);
    link(`${root}/bin/waymark`, `${root}/other/waymark/dist/waymark.cjs`);
    write(`${root}/bin2/waymark`, 'echo something else');
    const PATH = `${root}/bin:${root}/bin2`;
    expect(called({ PATH })).toBe('node dist/waymark.cjs');
  });

  it('is the name if a small script starts it', () => {
    const { root, called } = place('lib/node_modules/waymark', 'work');
    write(`${root}/bin/waymark`, 'exec node "$dir/../lib/node_modules/waymark/dist/waymark.cjs"');
    expect(called({ PATH: `${root}/bin` })).toBe('waymark');
  });

  it.each(['work', 'work/deep/below'])(
    'goes through npx in the project that has it (%s)',
    (cwd) => {
      const { root, script, called } = place('work/node_modules/waymark', cwd);
      link(`${root}/work/node_modules/.bin/waymark`, script);
      expect(called({ PATH: `${root}/work/node_modules/.bin` })).toBe('npx waymark');
    },
  );

  it('uses npx with what npx was asked for', () => {
    const { root, called } = place('.npm/_npx/0a1b/node_modules/waymark', 'work');
    expect(called()).toBe('npx -p waymark waymark');
    write(`${root}/.npm/_npx/0a1b/package.json`, '{"_npx":{"packages":["/down loads/w.tgz"]}}');
    expect(called()).toBe("npx -p '/down loads/w.tgz' waymark");
  });

  it('is the file in the state folder if nothing shorter exists', () => {
    const { root, called } = place('far/away', 'work');
    expect(called({}, `${root}/state/bin`)).toBe('node /far/away/dist/waymark.cjs');
    write(`${root}/state/bin/waymark`);
    expect(called({}, `${root}/state/bin`)).toBe('/state/bin/waymark');
  });

  it('begins with ~ below the home folder, unless the path needs quotes, which would keep the ~', () => {
    const { root, called } = place('far/away', 'work');
    expect(called({ HOME: root })).toBe('node ~/far/away/dist/waymark.cjs');
    expect(called({ HOME: `${root}/fa` })).toBe('node /far/away/dist/waymark.cjs');
    write(`${root}/state/bin/waymark`);
    expect(called({ HOME: root }, `${root}/state/bin`)).toBe('~/state/bin/waymark');
    expect(called({ HOME: '/' }, `${root}/state/bin`)).toBe('/state/bin/waymark');
    write(`${root}/my state/bin/waymark`);
    expect(called({ HOME: root }, `${root}/my state/bin`)).toBe("'/my state/bin/waymark'");
  });
});

describe('commandAnywhere', () => {
  it('is the name if a shell finds this waymark, else the file in the state folder, else the program', () => {
    const { root, script } = place('lib/node_modules/waymark');
    const packageFolder = `${root}/lib/node_modules/waymark`;
    const bin = `${root}/o'neil/bin`;
    const PATH = `${root}/on-path`;
    const command = (): string => commandAnywhere({ packageFolder, environment: { PATH }, bin });
    expect(command()).toBe(`node ${script}`);
    write(`${bin}/waymark`);
    expect(command()).toBe(`'${root}/o'\\''neil/bin/waymark'`);
    write(`${root}/on-path/waymark`, 'echo another program');
    expect(command()).toBe(`'${root}/o'\\''neil/bin/waymark'`);
    write(`${root}/on-path/waymark`, 'exec node ../lib/node_modules/waymark/dist/waymark.cjs');
    expect(command()).toBe('waymark');
  });

  it('is the name if nothing is found', () => {
    expect(commandAnywhere({ packageFolder: '/nowhere', environment: {} })).toBe('waymark');
  });
});

describe('withOwnCommand', () => {
  it('changes our own commands in backticks, and nothing else', () => {
    const text = 'Run `waymark doctor`, not `xwaymark` or waymark. See `waymark`; $& $1';
    expect(withOwnCommand(text, 'npx $& waymark')).toBe(
      'Run `npx $& waymark doctor`, not `xwaymark` or waymark. See `waymark`; $& $1',
    );
    expect(withOwnCommand(text, 'waymark')).toBe(text);
  });
});
