import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planOpen, startClient } from '../../../lib/actions/open-session.ts';
import { listFootprint } from '../../../lib/claude/transcript/footprint.ts';
import { runAllSlices } from '../../../lib/core/sliced.ts';
import { archiveSession } from '../../../lib/journal/transcripts/archive-session.ts';
import { SCENE_START, searchScene } from '../../support/search-scene.ts';

function scene() {
  const made = searchScene();
  const project = `${made.root}/work shop`;
  mkdirSync(project);
  made.say('s1', [{ second: 1, prompt: 'Fix the total' }], project);
  const environment = { HOME: made.root, CLAUDE_CONFIG_DIR: made.root, PATH: process.env['PATH'] };
  const actionContext = { folder: made.folder, environment, clock: () => SCENE_START };
  return { ...made, project, actionContext };
}

describe('planOpen', () => {
  it('finds the session of an id and of a hit', async () => {
    const { actionContext, project, build, search } = scene();
    await build();
    const plan = await planOpen(actionContext, 's1', 'any');
    expect(plan).toEqual({
      session: 's1',
      folder: project,
      isRestoreNeeded: false,
      configFolder: undefined,
      command: `cd '${project}' && claude --resume s1`,
    });
    const hit = (await search('total')).hits[0]?.id ?? '';
    expect(await planOpen(actionContext, hit, 'any')).toEqual(plan);
  });

  it.each(['@', '@zz', '@../x', '@99999999999999'])('refuses %s, which is no hit', async (hit) => {
    const { actionContext, build } = scene();
    await build();
    await expect(planOpen(actionContext, hit, 'any')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('says so where the transcript or the folder is gone', async () => {
    const { actionContext, folder, pathOf, project, store } = scene();
    const footprint = listFootprint(pathOf('s1'), 's1');
    if (footprint === undefined) throw new Error('no footprint');
    const parts = { archive: folder.archive, isClosed: true, clock: () => SCENE_START };
    runAllSlices(archiveSession(footprint, parts));
    rmSync(pathOf('s1'));
    expect(await planOpen(actionContext, 's1', 'any')).toMatchObject({ isRestoreNeeded: true });
    const refused = (reason: RegExp, remedy: string) =>
      expect(planOpen(actionContext, 's1', 'any')).rejects.toMatchObject({
        code: 'SESSION_NOT_OPENED',
        message: expect.stringMatching(reason),
        remedy: expect.stringContaining(remedy),
      });
    rmSync(project, { recursive: true });
    await refused(/its folder .* is gone$/, '`waymark sessions restore s1 --to DIR`');
    store.exec("UPDATE sessions SET project = NULL WHERE id = 's1'");
    await refused(/its folder is not known$/, '`waymark sessions restore s1 --to DIR`');
    rmSync(folder.archive, { recursive: true });
    await refused(/the archive has no copy$/, '`waymark show s1`');
  });

  it('names the config folder of the client where it is another one', async () => {
    const { actionContext, root } = scene();
    const environment = { ...actionContext.environment, CLAUDE_CONFIG_DIR: '/elsewhere' };
    const plan = await planOpen({ ...actionContext, environment }, 's1', 'any');
    expect(plan.configFolder).toBe(root);
    expect(plan.command).toContain(`CLAUDE_CONFIG_DIR=${root} claude --resume s1`);
  });
});

describe('startClient', () => {
  it('runs the client in the folder of the session, and gives its exit status', async () => {
    const { actionContext, root, project } = scene();
    mkdirSync(`${root}/bin`);
    writeFileSync(
      `${root}/bin/claude`,
      `#!/bin/sh\npwd > '${root}/ran'\necho "$@" >> '${root}/ran'\nexit 7\n`,
    );
    chmodSync(`${root}/bin/claude`, 0o755);
    const environment = {
      ...actionContext.environment,
      PATH: `${root}/bin:${process.env['PATH']}`,
    };
    const plan = await planOpen(actionContext, 's1', 'any');
    expect(await startClient(plan, environment)).toBe(7);
    expect(readFileSync(`${root}/ran`, 'utf8')).toBe(`${project}\n--resume s1\n`);
  });

  it('says how to run it where there is no client', async () => {
    const { actionContext, root } = scene();
    const plan = await planOpen(actionContext, 's1', 'any');
    await expect(startClient(plan, { PATH: root })).rejects.toMatchObject({
      code: 'SESSION_NOT_OPENED',
      remedy: expect.stringContaining('claude --resume s1'),
    });
  });
});
