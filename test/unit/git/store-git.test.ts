import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { callStoreGit } from '../../../lib/git/store-git.ts';
import { tempFolder } from '../../support/temp-folder.ts';

it('calls git without the settings of the user, and lets it keep the memory that it frees', async () => {
  const folder = tempFolder();
  const script = '#!/bin/sh\necho "$GIT_CONFIG_GLOBAL $MALLOC_TRIM_THRESHOLD_ $MALLOC_TOP_PAD_"\n';
  writeFileSync(`${folder}/git`, script, { mode: 0o755 });
  const environment = { PATH: folder, GIT_CONFIG_GLOBAL: '/home/user/own' };
  const printed = await callStoreGit({ gitDir: folder, environment }, ['version']);
  expect(String(printed)).toBe('/dev/null 67108864 4194304\n');
});
