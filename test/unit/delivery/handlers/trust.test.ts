import {
  chmodSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  projectHandlers,
  readTrusted,
  trustFile,
  trustProject,
  untrustProject,
} from '../../../../lib/delivery/handlers/trust.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { testEvent } from '../../../support/test-event.ts';
import {
  attempt,
  type HandlerHome,
  handlerHome,
  putFile,
  subscriptionOf,
} from './handler-folder.ts';

const HANDLER =
  '#!/bin/sh\n# waymark: on session.*\n. "$(dirname "$0")/lib/words.sh"\necho "$word"\n';

interface Project {
  readonly home: HandlerHome;
  readonly path: string;
  readonly folder: string;
}

function project(name = 'shop', home = handlerHome()): Project {
  const path = `${tempFolder()}/${name}`;
  const folder = projectHandlers(path);
  putFile(`${folder}/deploy.sh`, HANDLER);
  putFile(`${folder}/lib/words.sh`, 'word=first\n', 0o644);
  return { home, path, folder };
}

const eventOf = (path: string) => testEvent({ payload: { session_id: 's1', project: path } });

describe('handlers of a project', () => {
  it('do not run before the user has trusted the project', async () => {
    const { home, path } = project();
    const handlers = home.open();
    expect(handlers.source()).toEqual([]);
    trustProject(home.root, path, 0);
    expect(await attempt(subscriptionOf(handlers, 'project/shop/deploy'), eventOf(path))).toEqual({
      state: 'done',
      output: 'first',
    });
    expect(statSync(trustFile(home.root)).mode & 0o777).toBe(0o600);
    untrustProject(home.root, path);
    expect(handlers.source()).toEqual([]);
  });

  it('get the events of its sessions, of folders in it too, and no others', () => {
    const { home, path } = project();
    trustProject(home.root, path, 0);
    const { accepts } = subscriptionOf(
      home.open({ projectOfSession: (id) => (id === 'known' ? path : undefined) }),
      'project/shop/deploy',
    );
    const payloads = [
      { project: path },
      { project: `${path}/web` },
      { cwd: path },
      { session_id: 'known' },
      { project: `${path}-2` },
      { project: '/else', cwd: path },
      { session_id: 'other' },
      {},
    ];
    expect(payloads.map((payload) => accepts?.(testEvent({ payload })))).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it.each([
    [
      'changes',
      ({ folder }: Project) => writeFileSync(`${folder}/deploy.sh`, `${HANDLER}echo more\n`),
      'deploy.sh',
    ],
    [
      'changes, of the same size and time',
      ({ folder }: Project) => {
        const { atime, mtime } = statSync(`${folder}/deploy.sh`);
        writeFileSync(`${folder}/deploy.sh`, HANDLER.replace('echo', 'eval'));
        utimesSync(`${folder}/deploy.sh`, atime, mtime);
      },
      'deploy.sh',
    ],
    ['is added', ({ folder }: Project) => putFile(`${folder}/more.sh`, HANDLER), 'more.sh'],
    ['is added out of sight', ({ folder }: Project) => putFile(`${folder}/lib/.x`, 'x'), 'lib/.x'],
    [
      'beside a handler changes',
      ({ folder }: Project) => writeFileSync(`${folder}/lib/words.sh`, 'word=second\n'),
      'lib/words.sh',
    ],
    [
      'goes',
      ({ folder }: Project) => renameSync(`${folder}/lib/words.sh`, `${folder}/../words.sh`),
      'lib/words.sh',
    ],
  ])('do not run once a file %s, until they are trusted again', async (_what, change, name) => {
    const own = project();
    const { home, path } = own;
    trustProject(home.root, path, 0);
    const handlers = home.open();
    const before = subscriptionOf(handlers, 'project/shop/deploy');
    change(own);
    // also when the event was committed before the change was seen
    expect(await attempt(before, eventOf(path))).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining(name),
    });
    expect(handlers.source()).toEqual([]);
    expect([...handlers.problems().values()][0]).toContain(`changed since it was trusted: ${name}`);
    trustProject(home.root, path, 1);
    expect(handlers.source().map((one) => one.name)).toContain('project/shop/deploy');
  });

  it.each([
    [
      'a link in it',
      ({ folder }: Project) => symlinkSync('/etc/hostname', `${folder}/lib/name`),
      'is a link',
    ],
    [
      'a link to it',
      ({ folder }: Project) => {
        renameSync(folder, `${folder}-real`);
        symlinkSync(`${folder}-real`, folder);
      },
      'a link leads to it',
    ],
    ['no folder', ({ folder }: Project) => renameSync(folder, `${folder}-away`), 'no such folder'],
    [
      'too many files',
      ({ folder }: Project) =>
        Array.from({ length: 501 }, (_, count) => putFile(`${folder}/lib/${count}`, '')),
      '500 files',
    ],
  ])('cannot be trusted with %s', (_what, prepare, reason) => {
    const own = project();
    prepare(own);
    expect(() => trustProject(own.home.root, own.path, 0)).toThrow(
      expect.objectContaining({
        code: 'HANDLER_REFUSED',
        message: expect.stringContaining(reason),
      }),
    );
    expect(readTrusted(trustFile(own.home.root))).toEqual([]);
  });

  it('do not run by a list of trusted projects that others may have written', () => {
    const { home, path } = project();
    trustProject(home.root, path, 0);
    chmodSync(trustFile(home.root), 0o622);
    expect(home.open().source()).toEqual([]);
  });

  it.each(['{', '[]', '{"projects":5}', ''])(
    'do not run by a list of trusted projects that says %j',
    (text) => {
      const { home } = project();
      writeFileSync(trustFile(home.root), text, { mode: 0o600 });
      expect(home.open().source()).toEqual([]);
    },
  );

  it('of two projects of one name have names of their own, that stay', () => {
    const first = project();
    const second = project('shop', first.home);
    trustProject(first.home.root, first.path, 0);
    trustProject(first.home.root, second.path, 0);
    const handlers = first.home.open();
    expect(handlers.source().map(({ name }) => name)).toEqual([
      'project/shop/deploy',
      'project/shop-2/deploy',
    ]);
    trustProject(first.home.root, second.path, 1);
    untrustProject(first.home.root, first.path);
    expect(handlers.source().map(({ name }) => name)).toEqual(['project/shop-2/deploy']);
  });

  it('are trusted by the real path of the project, whichever way leads to it', () => {
    const { home, path } = project();
    const link = `${tempFolder()}/link`;
    symlinkSync(path, link);
    expect(trustProject(home.root, link, 0).project).toBe(path);
    expect(subscriptionOf(home.open(), 'project/shop/deploy').accepts?.(eventOf(link))).toBe(true);
    expect(untrustProject(home.root, link)).toBe(true);
    expect(untrustProject(home.root, link)).toBe(false);
    expect(JSON.parse(readFileSync(trustFile(home.root), 'utf8'))).toEqual({
      version: 1,
      projects: {},
    });
  });
});
