import { execFile } from 'node:child_process';
import { readdirSync, symlinkSync } from 'node:fs';
import { expect, it } from 'vitest';
import { codeScene } from '../support/code-scene.ts';
import { DIST } from './inject/place.ts';

const FILES = Array.from({ length: 60 }, (_, n) => `d${n % 5}/f${n}`);

/** A work tree with a restore that can be undone, and the command in processes of their own. */
async function scene() {
  const place = codeScene();
  const writeAll = (text: string): void => {
    for (const path of FILES) place.write(path, text);
  };
  writeAll('one');
  const { id } = await place.shoot();
  writeAll('two');
  await place.shoot();
  const link = `${place.root}-link`;
  symlinkSync(place.root, link);
  const environment = {
    ...{ PATH: process.env['PATH'], HOME: place.environment.HOME },
    ...{ WAYMARK_HOME: place.home.folder.root, WAYMARK_AUTOSTART: '0' },
  };
  const restore = (cwd: string, ...args: readonly string[]) =>
    new Promise<{ readonly status: number; readonly said: string }>((resolve) => {
      const line = [`${DIST}/waymark.cjs`, 'restore', ...args, '--yes'];
      const child = execFile(process.execPath, line, { cwd, env: environment }, (_, out, err) =>
        resolve({ status: child.exitCode ?? -1, said: out + err }),
      );
    });
  const texts = (): readonly string[] => [...new Set(FILES.map(place.text))];
  return { ...place, id, link, restore, texts };
}

it('runs one of several restores and undos at a time, also through another path, and mixes none', async () => {
  const { root, link, id, restore, texts, gitState } = await scene();
  const git = gitState();
  expect((await restore(root, id)).status).toBe(0);
  expect(texts()).toEqual(['one']);
  for (let round = 0; round < 3; round += 1) {
    const all = await Promise.all([
      ...[restore(root, id), restore(link, id)],
      ...[restore(root, '--undo'), restore(link, '--undo')],
    ]);
    expect(texts()).toHaveLength(1);
    expect(all.some(({ status }) => status === 0)).toBe(true);
    for (const { status, said } of all)
      if (status !== 0) expect(said).toContain('another restore is running there');
    const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
    expect(names.filter((name) => name.includes('.waymark-'))).toEqual([]);
  }
  expect(gitState()).toBe(git);
});
