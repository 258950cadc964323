import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type NoticePlace, showNotice } from '../../../../lib/delivery/builtin/show-notice.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const NOTICE = { title: '--Shop', text: '<b>5 & 6</b> "x" $(id)', terminal: undefined };

/** Programs that note what they were called with, in a PATH of their own. */
function fakePrograms(script = 'exit 0') {
  const bin = tempFolder();
  const notes = join(bin, 'notes');
  for (const name of ['notify-send', 'osascript']) {
    const lines = ['#!/bin/sh', `printf '%s\\n' "$@" > '${notes}'`, `env > '${notes}.env'`, script];
    writeFileSync(join(bin, name), `${lines.join('\n')}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return {
    place: (own: Partial<NoticePlace> = {}): NoticePlace => ({
      ...{ way: 'desktop', platform: 'linux', environment: { PATH: `${bin}:/usr/bin:/bin` } },
      ...own,
    }),
    args: () => readFileSync(notes, 'utf8').split('\n').slice(0, -1),
    environment: () => readFileSync(`${notes}.env`, 'utf8'),
    wasCalled: () => existsSync(notes),
  };
}

describe('showNotice', () => {
  it('hands notify-send texts that are neither options nor markup', async () => {
    const { place, args } = fakePrograms();
    expect(await showNotice(NOTICE, place())).toBeUndefined();
    expect(args()).toEqual([
      ...['--app-name=waymark', '--', '--Shop'],
      '&lt;b&gt;5 &amp; 6&lt;/b&gt; "x" $(id)',
    ]);
  });

  it('hands osascript texts as arguments, not as a script', async () => {
    const { place, args } = fakePrograms();
    expect(await showNotice(NOTICE, place({ platform: 'darwin' }))).toBeUndefined();
    expect(args().slice(-3)).toEqual(['--', NOTICE.text, NOTICE.title]);
    expect(args().filter((arg) => arg === '-e')).toHaveLength(3);
  });

  it('finds the session bus where the environment does not name it', async () => {
    const { place, environment } = fakePrograms();
    const folder = tempFolder();
    const server = createServer().listen(`${folder}/bus`);
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const given = place();
    await showNotice(NOTICE, {
      ...given,
      environment: { ...given.environment, XDG_RUNTIME_DIR: folder },
    });
    expect(environment()).toContain(`DBUS_SESSION_BUS_ADDRESS=unix:path=${folder}/bus`);
    await showNotice(NOTICE, {
      ...given,
      environment: { ...given.environment, XDG_RUNTIME_DIR: tempFolder() },
    });
    expect(environment()).not.toContain('DBUS_SESSION_BUS_ADDRESS');
  });

  it('says that the program is missing, or failed', async () => {
    const missing = { ...fakePrograms().place(), environment: { PATH: tempFolder() } };
    expect(await showNotice(NOTICE, missing)).toBe('notify-send was not found');
    const failing = fakePrograms('exit 3').place();
    expect(await showNotice(NOTICE, failing)).toBe('notify-send: exit status 3');
    const killed = fakePrograms('kill -9 $$').place();
    expect(await showNotice(NOTICE, killed)).toBe('notify-send: ended by SIGKILL');
  });

  it('writes to the terminal of the session, and to nothing else', async () => {
    const { place, wasCalled } = fakePrograms();
    const inTerminal = place({ way: 'terminal' });
    const show = (terminal: string | undefined) =>
      showNotice({ title: 'Shop', text: 'a\u001b]0;b\u0007c', terminal }, inTerminal);
    expect(await show('/dev/null')).toBeUndefined();
    expect(await show(undefined)).toBe('the terminal of the session is not known');
    const file = join(tempFolder(), 'file');
    writeFileSync(file, '');
    expect(await show(file)).toBe(`${file} is not a terminal`);
    expect(await show('/nowhere/tty')).toContain('ENOENT');
    expect([readFileSync(file, 'utf8'), wasCalled()]).toEqual(['', false]);
  });
});
