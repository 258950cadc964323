import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hookBundles } from '../support/hook-bundles.ts';
import {
  filesIn,
  hookPlace,
  queuedEvents,
  recordedInput,
  runHookFile,
} from '../support/run-hook.ts';

const bundles = hookBundles();

/** A payload so large that the writer notices when it is not read. */
const LARGE = JSON.stringify({ ...recordedInput('Stop'), padding: 'x'.repeat(2_000_000) });

describe('a hook that is switched off', () => {
  it.each<readonly [string, Record<string, string>, string]>([
    ['by WAYMARK_WORKER', { WAYMARK_WORKER: '1' }, LARGE],
    ['by WAYMARK_DISABLE', { WAYMARK_DISABLE: '1' }, LARGE],
    [
      'by the folder of an observer',
      { CLAUDE_PROJECT_DIR: '/home/user/.claude-mem/observer-sessions' },
      LARGE,
    ],
    [
      'by the folder of an observer in the payload',
      {},
      JSON.stringify({ ...JSON.parse(LARGE), cwd: '/home/user/observer-sessions' }),
    ],
    [
      'by a setting',
      {
        WAYMARK_IGNORED_PROJECTS: 'secret-client, /tmp/x',
        CLAUDE_PROJECT_DIR: '/work/secret-client/app',
      },
      LARGE,
    ],
  ])('reads its input, prints nothing and writes nothing: %s', async (_, changes, input) => {
    const place = hookPlace();
    expect(
      await runHookFile(`${bundles().folder}/stop.cjs`, input, {
        ...place.environment,
        ...changes,
      }),
    ).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(filesIn(place.home)).toEqual([]);
    expect(queuedEvents(place.home)).toEqual([]);
  });

  it.each([
    ['link', 'real/app'],
    ['link/', 'real/app'],
    ['real', 'link/app'],
    ['real/', 'link/app'],
    ['link', 'link/app'],
  ])('knows a project whichever way leads to it: %s ignored, in %s', async (ignored, project) => {
    const place = hookPlace();
    mkdirSync(`${place.root}/real/app`, { recursive: true });
    symlinkSync('real', `${place.root}/link`);
    mkdirSync(`${place.root}/real-other`);
    const stop = (folder: string) =>
      runHookFile(`${bundles().folder}/stop.cjs`, LARGE, {
        ...place.environment,
        WAYMARK_IGNORED_PROJECTS: `${place.root}/${ignored}`,
        CLAUDE_PROJECT_DIR: `${place.root}/${folder}`,
      });
    await stop(project);
    expect(queuedEvents(place.home)).toEqual([]);
    if (ignored.endsWith('/')) await stop('real-other');
    expect(queuedEvents(place.home)).toHaveLength(ignored.endsWith('/') ? 1 : 0);
  });

  it('is not switched off by a file of the project', async () => {
    const place = hookPlace();
    const project = `${place.root}/project`;
    mkdirSync(`${project}/.claude`);
    writeFileSync(
      `${project}/.claude/waymark.json`,
      '{"ignoredProjects":["/"],"queueCap":10,"entryCap":1024,"autostart":false}',
    );
    expect(
      await runHookFile(`${bundles().folder}/stop.cjs`, LARGE, {
        ...place.environment,
        CLAUDE_PROJECT_DIR: project,
      }),
    ).toMatchObject({ status: 0, stdout: '' });
    expect(queuedEvents(place.home)).toHaveLength(1);
  });
});
