import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { testEvent } from '../../../support/test-event.ts';
import { handlerHome, putFile } from './handler-folder.ts';

const HANDLER =
  '#!/bin/sh\n# waymark: on task.failed checkpoint.* timeout=10 concurrency=2 attempts=7 filter payload.project=/work/*\n';

describe('the handlers folder', () => {
  it('may be missing', () => {
    const home = handlerHome();
    rmSync(home.folder, { recursive: true });
    expect(home.open().source()).toEqual([]);
  });

  it('holds programs that say in their head what they want', () => {
    const home = handlerHome();
    putFile(`${home.folder}/notify.sh`, HANDLER);
    const [found] = home.open().source();
    expect(found).toMatchObject({
      name: 'user/notify',
      kind: 'executable',
      types: ['task.failed', 'checkpoint.*'],
      timeoutMs: 10_000,
      concurrency: 2,
      maxAttempts: 7,
    });
    expect(found?.accepts?.(testEvent({ payload: { project: '/work/shop' } }))).toBe(true);
    expect(found?.accepts?.(testEvent({ payload: { project: '/home/shop' } }))).toBe(false);
  });

  it('holds programs of any kind with a file beside them that says it', () => {
    const home = handlerHome();
    putFile(`${home.folder}/notify`, '\u007fELF');
    putFile(`${home.folder}/notify.json`, '{"on":["task.*"],"timeout":3}', 0o644);
    expect(home.open().source()).toMatchObject([
      { name: 'user/notify', types: ['task.*'], timeoutMs: 3_000 },
    ]);
  });

  it('is read again only when something in it has changed', () => {
    const home = handlerHome();
    const path = putFile(`${home.folder}/a.sh`, HANDLER);
    const handlers = home.open();
    const first = handlers.source();
    expect(handlers.source()).toBe(first);
    putFile(path, HANDLER.replace('timeout=10', 'timeout=11'));
    expect(handlers.source()).toMatchObject([{ timeoutMs: 11_000 }]);
    putFile(`${home.folder}/b.sh`, HANDLER);
    expect(handlers.source().map(({ name }) => name)).toEqual(['user/a', 'user/b']);
    rmSync(path);
    expect(handlers.source().map(({ name }) => name)).toEqual(['user/b']);
  });

  it.each([
    [
      'is not executable',
      (folder: string) => putFile(`${folder}/it.sh`, HANDLER, 0o644),
      'not executable',
    ],
    [
      'says nothing',
      (folder: string) => putFile(`${folder}/it.sh`, '#!/bin/sh\n'),
      'which events it wants',
    ],
    [
      'says it wrongly',
      (folder: string) => putFile(`${folder}/it.sh`, '#!/bin/sh\n# waymark: on a.b timout=5\n'),
      'timout',
    ],
    [
      'has a sidecar that is no JSON',
      (folder: string) => [
        putFile(`${folder}/it.sh`, HANDLER),
        putFile(`${folder}/it.json`, '{', 0o644),
      ],
      'not a JSON object',
    ],
    [
      'can be changed by every user',
      (folder: string) => putFile(`${folder}/it.sh`, HANDLER, 0o777),
      'every user',
    ],
    [
      'is a link that leaves the folder',
      (folder: string) =>
        symlinkSync(putFile(`${folder}/../elsewhere.sh`, HANDLER), `${folder}/it.sh`),
      'leaves the folder',
    ],
    [
      'is a link to a missing file',
      (folder: string) => symlinkSync('/no/where', `${folder}/it.sh`),
      'a missing file',
    ],
    ['is a pipe', (folder: string) => execFileSync('mkfifo', [`${folder}/it.sh`]), 'not a file'],
    ['has a strange name', (folder: string) => putFile(`${folder}/it is.sh`, HANDLER), 'its name'],
    [
      'has a name that is taken',
      (folder: string) => [
        putFile(`${folder}/it.py`, HANDLER),
        putFile(`${folder}/it.sh`, HANDLER),
      ],
      'same name',
    ],
  ])('refuses a file that %s, and says why, once', (_what, prepare, reason) => {
    const home = handlerHome();
    putFile(`${home.folder}/good.sh`, HANDLER);
    prepare(home.folder);
    const handlers = home.open();
    const names = handlers.source().map(({ name }) => name);
    expect(names.filter((name) => name !== 'user/it' || !reason.includes('same'))).toEqual([
      'user/good',
    ]);
    expect(handlers.known().filter(({ state }) => state === 'refused')).toMatchObject([
      { reason: expect.stringContaining(reason) },
    ]);
    handlers.source();
    expect(home.log.lines).toMatchObject([
      { code: 'HANDLER_REFUSED', message: expect.stringContaining(reason) },
    ]);
  });

  it('accepts a link that stays inside', () => {
    const home = handlerHome();
    putFile(`${home.folder}/shared/real.sh`, HANDLER);
    symlinkSync('shared/real.sh', `${home.folder}/it.sh`);
    expect(home.open().source()).toMatchObject([{ name: 'user/it' }]);
  });

  it('skips texts, data, hidden files, copies of editors and folders', () => {
    const home = handlerHome();
    for (const name of ['README.md', 'data.json', '.hidden.sh', 'it.sh~', 'types.d.ts'])
      putFile(`${home.folder}/${name}`, 'words', 0o644);
    mkdirSync(`${home.folder}/shared`);
    expect(home.open().known()).toEqual([]);
  });

  it.each([
    ['can be changed by every user', (folder: string) => chmodSync(folder, 0o777), 'every user'],
    [
      'is a link',
      (folder: string) => {
        renameSync(folder, `${folder}-real`);
        symlinkSync(`${folder}-real`, folder);
      },
      'a link',
    ],
  ])('is refused whole when it %s', (_what, prepare, reason) => {
    const home = handlerHome();
    putFile(`${home.folder}/it.sh`, HANDLER);
    prepare(home.folder);
    const handlers = home.open();
    expect(handlers.source()).toEqual([]);
    expect(handlers.problem()).toContain(reason);
    expect(home.log.codes()).toEqual(['HANDLER_REFUSED']);
  });
});
