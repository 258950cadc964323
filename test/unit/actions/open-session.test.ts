import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planOpen, startClient } from '../../../lib/actions/open-session.ts';
import { SCENE_START, searchScene } from '../../support/search-scene.ts';

function scene() {
  const made = searchScene();
  const project = `${made.root}/work shop`;
  mkdirSync(project);
  made.say('s1', [{ second: 1, prompt: 'Fix the total' }], project);
  const environment = { HOME: made.root, CLAUDE_CONFIG_DIR: made.root, PATH: process.env['PATH'] };
  const acting = { folder: made.folder, environment, clock: () => SCENE_START };
  return { ...made, project, acting };
}

describe('planOpen', () => {
  it('finds the session of an id and of a hit', async () => {
    const { acting, project, build, search } = scene();
    await build();
    const plan = await planOpen(acting, 's1', 'any');
    expect(plan).toEqual({
      session: 's1',
      folder: project,
      isRestoreNeeded: false,
      configFolder: undefined,
      command: `cd '${project}' && claude --resume s1`,
    });
    const hit = (await search('total')).hits[0]?.id ?? '';
    expect(await planOpen(acting, hit, 'any')).toEqual(plan);
  });

  it.each(['@', '@zz', '@../x', '@99999999999999'])('refuses %s, which is no hit', async (hit) => {
    const { acting, build } = scene();
    await build();
    await expect(planOpen(acting, hit, 'any')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('says so where the transcript or the folder is gone', async () => {
    const { acting, pathOf, project } = scene();
    rmSync(pathOf('s1'));
    expect(await planOpen(acting, 's1', 'any')).toMatchObject({ isRestoreNeeded: true });
    rmSync(project, { recursive: true });
    await expect(planOpen(acting, 's1', 'any')).rejects.toMatchObject({
      code: 'SESSION_NOT_OPENED',
    });
  });

  it('names the config folder of the client where it is another one', async () => {
    const { acting, root } = scene();
    const environment = { ...acting.environment, CLAUDE_CONFIG_DIR: '/elsewhere' };
    const plan = await planOpen({ ...acting, environment }, 's1', 'any');
    expect(plan.configFolder).toBe(root);
    expect(plan.command).toContain(`CLAUDE_CONFIG_DIR=${root} claude --resume s1`);
  });
});

describe('startClient', () => {
  it('runs the client in the folder of the session, and gives its exit status', async () => {
    const { acting, root, project } = scene();
    mkdirSync(`${root}/bin`);
    writeFileSync(
      `${root}/bin/claude`,
      `#!/bin/sh\npwd > '${root}/ran'\necho "$@" >> '${root}/ran'\nexit 7\n`,
    );
    chmodSync(`${root}/bin/claude`, 0o755);
    const environment = { ...acting.environment, PATH: `${root}/bin:${process.env['PATH']}` };
    const plan = await planOpen(acting, 's1', 'any');
    expect(await startClient(plan, environment)).toBe(7);
    expect(readFileSync(`${root}/ran`, 'utf8')).toBe(`${project}\n--resume s1\n`);
  });

  it('says how to run it where there is no client', async () => {
    const { acting, root } = scene();
    const plan = await planOpen(acting, 's1', 'any');
    await expect(startClient(plan, { PATH: root })).rejects.toMatchObject({
      code: 'SESSION_NOT_OPENED',
      remedy: expect.stringContaining('claude --resume s1'),
    });
  });
});
