import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resolveHookConfig } from '../../../lib/config/resolve-hook-config.ts';
import { resolveConfig, type ResolvedConfig } from '../../../lib/config/resolve.ts';
import { tempFolder } from '../../support/temp-folder.ts';

function resolveWith(project: unknown, user: object = {}): ResolvedConfig {
  const root = tempFolder();
  mkdirSync(`${root}/.claude`);
  writeFileSync(
    `${root}/.claude/waymark.json`,
    typeof project === 'string' ? project : JSON.stringify(project),
  );
  writeFileSync(`${root}/config.json`, JSON.stringify(user));
  return resolveConfig({
    environment: {},
    userFile: `${root}/config.json`,
    projectFile: `${root}/.claude/waymark.json`,
  });
}

describe('what a project may set', () => {
  it.each([
    [{ checkpointInterval: 10 }, {}, { checkpointInterval: 10 }],
    [{ checkpointInterval: 600 }, { checkpointInterval: 5 }, { checkpointInterval: 600 }],
    [{ durability: 'file' }, {}, { durability: 'file' }],
    [{ durability: 'full' }, { durability: 'file' }, { durability: 'full' }],
    [{ durability: 'file' }, { durability: 'file' }, { durability: 'file' }],
    [{ $schema: 'x' }, {}, { durability: 'none' }],
  ])('%j over %j', (project, user, expected) => {
    expect(resolveWith(project, user)).toMatchObject({ values: expected, problems: [] });
  });

  it.each([
    [{ checkpointInterval: 9 }, {}, { checkpointInterval: 60 }],
    [{ checkpointInterval: 601 }, {}, { checkpointInterval: 60 }],
    [{ checkpointInterval: 0 }, { checkpointInterval: 20 }, { checkpointInterval: 20 }],
    [{ durability: 'none' }, { durability: 'file' }, { durability: 'file' }],
    [{ durability: 'file' }, { durability: 'full' }, { durability: 'full' }],
    [{ durability: ['full'] }, {}, { durability: 'none' }],
    [{ ignoredProjects: ['/'] }, {}, { ignoredProjects: ['/.claude-mem/', '/observer-sessions'] }],
    [{ schedules: ['x every 1m a.b'], watchedLogs: ['/etc/passwd'] }, {}, { schedules: [] }],
    [{ constructor: 1, __proto__x: 2 }, {}, { durability: 'none' }],
  ])('refuses %j over %j in one line', (project, user, expected) => {
    const { values, problems } = resolveWith(project, user);
    expect(values).toMatchObject(expected);
    expect(problems).toEqual([expect.stringMatching(/^Cannot use [^\n]{1,400}$/)]);
  });

  it('names a few of many keys, and a short piece of a long one or a long value', () => {
    const keys = Array.from({ length: 900 }, (_, index) => [`key${index}${'x'.repeat(50)}`, 1]);
    const [problem = ''] = resolveWith(Object.fromEntries(keys)).problems;
    expect(problem).toMatch(/key4x+… and 895 more from /);
    const [long = ''] = resolveWith({ checkpointInterval: 'A'.repeat(60_000) }).problems;
    expect(long).toMatch(/found "A{10,100}…$/);
  });

  it.each(['', '{', '[]', 'null', '\u0000', 'SECRET=hunter2', `{"a":"${'x'.repeat(70_000)}"}`])(
    'shows nothing of a file that it cannot use: %.20j',
    (text) => {
      const { problems } = resolveWith(text);
      expect(problems).toEqual([expect.stringMatching(/^Cannot read \S+\/waymark\.json: it /)]);
      expect(problems[0]).not.toContain('hunter2');
    },
  );
});

/** What may lie where the file, or its folder, is expected. */
const PLACES: Readonly<Record<string, (root: string) => void>> = {
  'a link to a device': (root) => symlinkSync('/dev/zero', `${made(root)}/waymark.json`),
  'a link to a file': (root) => symlinkSync(secretIn(root), `${made(root)}/waymark.json`),
  'a link to nothing': (root) => symlinkSync('/nowhere', `${made(root)}/waymark.json`),
  'a link to itself': (root) => symlinkSync('waymark.json', `${made(root)}/waymark.json`),
  'a pipe': (root) => execFileSync('mkfifo', [`${made(root)}/waymark.json`]),
  'a folder': (root) => mkdirSync(`${made(root)}/waymark.json`),
  'a folder that is a link': (root) => {
    mkdirSync(`${root}/other`);
    writeFileSync(`${root}/other/waymark.json`, '{"durability":"full"}');
    symlinkSync(`${root}/other`, `${root}/.claude`);
  },
};

/** What is no folder at all: then there is no file. */
const NO_FOLDERS: Readonly<Record<string, (root: string) => void>> = {
  'a folder that is a device': (root) => symlinkSync('/dev/zero', `${root}/.claude`),
  'a folder that is a pipe': (root) => execFileSync('mkfifo', [`${root}/.claude`]),
  'a folder that is a file': (root) => writeFileSync(`${root}/.claude`, 'hunter2'),
};

function made(root: string): string {
  mkdirSync(`${root}/.claude`);
  return `${root}/.claude`;
}

function secretIn(root: string): string {
  writeFileSync(`${root}/secret`, 'hunter2 {"durability":"full"}');
  return `${root}/secret`;
}

describe('the place of a project file', () => {
  it.each(Object.entries(PLACES))('neither waits for nor reads %s, and names it', (_, make) => {
    const root = tempFolder();
    make(root);
    const file = `${root}/.claude/waymark.json`;
    for (const resolve of [resolveConfig, resolveHookConfig]) {
      const { values, problems } = resolve({ environment: {}, projectFile: file });
      expect(values.durability).toBe('none');
      expect(problems).toEqual([expect.stringMatching(/^Cannot read \S+waymark\.json: .{5,60}$/)]);
      expect(problems[0]).not.toContain('hunter2');
    }
  });

  it.each(Object.entries(NO_FOLDERS))('takes %s for no file', (_, make) => {
    const root = tempFolder();
    make(root);
    const projectFile = `${root}/.claude/waymark.json`;
    expect(resolveConfig({ environment: {}, projectFile }).problems).toEqual([]);
  });
});
