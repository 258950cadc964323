import { copyFileSync, mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { hookBundles } from '../support/hook-bundles.ts';
import { hookErrors, hookPlace, queuedEvents, runHookFile } from '../support/run-hook.ts';

const bundles = hookBundles();

/** What the event of a failed command contains, and the errors of the hook. */
async function targetOf(folder: string, command: string): Promise<readonly [string, unknown]> {
  const place = hookPlace();
  const input = {
    session_id: 's1',
    hook_event_name: 'PostToolUseFailure',
    cwd: `${place.root}/project`,
    tool_name: 'Bash',
    tool_use_id: 'toolu_1',
    tool_input: { command },
    error: 'x',
  };
  const file = `${folder}/post-tool-use-failure.cjs`;
  const run = await runHookFile(file, JSON.stringify(input), place.environment);
  expect(run).toEqual({ status: 0, stdout: '', stderr: '' });
  return [JSON.stringify(queuedEvents(place.home)), hookErrors(place.home)];
}

const SECRET = 'mysql -u root -pHunter2Battery9 shop';

it('are loaded by a hook, whose event then has no secret', async () => {
  expect(await targetOf(bundles().folder, SECRET)).toEqual([
    expect.stringContaining('"mysql -u root -p[redacted] shop"'),
    [],
  ]);
});

it('are missing: a text that may hold a secret is redacted as a whole, and no other', async () => {
  const alone = `${hookPlace().root}/alone`;
  mkdirSync(alone);
  copyFileSync(
    `${bundles().folder}/post-tool-use-failure.cjs`,
    `${alone}/post-tool-use-failure.cjs`,
  );
  expect(await targetOf(alone, SECRET)).toEqual([expect.stringContaining('"[redacted]"'), []]);
  expect(await targetOf(alone, 'npm run build')).toEqual([
    expect.stringContaining('"npm run build"'),
    [],
  ]);
});
