import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { switchAutoCommitOff, switchAutoCommitOn } from '../../../lib/actions/auto-commit.ts';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { commitScene } from '../../support/commit-scene.ts';

function setUp() {
  const scene = commitScene();
  const folder = stateFolderAt(scene.stateRoot);
  const actionContext = { folder, environment: scene.environment, clock: () => 0 };
  const listed = (): unknown => JSON.parse(readFileSync(folder.configFile, 'utf8'));
  return { scene, actionContext, folder, listed };
}

it('names the repository of a folder once, for its linked work trees, too', async () => {
  const { scene, actionContext, listed } = setUp();
  scene.write('src/b', 'b');
  scene.git('worktree', 'add', '-q', '../linked');
  const on = { repository: scene.folder, changed: true };
  expect(await switchAutoCommitOn(actionContext, join(scene.folder, 'src'))).toEqual(on);
  const again = await switchAutoCommitOn(actionContext, join(scene.folder, '../linked'));
  expect(again).toEqual({ ...on, changed: false });
  expect(listed()).toEqual({ autoCommit: [scene.folder] });
});

it('takes out the one that is meant, also when it is gone, and leaves the others', async () => {
  const { scene, actionContext, folder, listed } = setUp();
  writeFileSync(folder.configFile, JSON.stringify({ autoCommit: ['/gone,away', scene.folder] }));
  await switchAutoCommitOff(actionContext, '/gone,away');
  expect(listed()).toEqual({ autoCommit: [scene.folder] });
  await switchAutoCommitOff(actionContext, scene.folder);
  expect(listed()).toEqual({});
});

it('refuses a folder without git, and a home folder that is a repository', async () => {
  const { scene, actionContext } = setUp();
  await expect(switchAutoCommitOn(actionContext, scene.temporary)).rejects.toMatchObject({
    code: 'USAGE',
  });
  const atHome = { ...actionContext, environment: { ...scene.environment, HOME: scene.folder } };
  await expect(switchAutoCommitOn(atHome, scene.folder)).rejects.toMatchObject({ code: 'USAGE' });
});
