import { describe, expect, it } from 'vitest';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import { gatePlace } from '../support/gate-place.ts';
import { hookBundles } from '../support/hook-bundles.ts';
import { recordedInput, runHookFile } from '../support/run-hook.ts';
import { runCommand } from '../unit/cli/run-command.ts';

const bundles = hookBundles();

describe('waymark worker --once', () => {
  it('finishes what follows from the entries that it takes: the next hook warns, and names the fix', async () => {
    const place = gatePlace();
    const folder = stateFolderAt(place.home);
    const hook = (name: string, event: string, command: string, more: object = {}) => {
      const call = { session_id: 'once', tool_name: 'Bash', tool_input: { command } };
      const input = {
        ...recordedInput(event),
        ...call,
        tool_use_id: `${name} ${command}`,
        ...more,
      };
      return runHookFile(
        `${bundles().folder}/${name}.cjs`,
        JSON.stringify(input),
        place.environment,
      );
    };
    const once = () => runCommand(folder, ['worker', '--once']);
    const error = 'Exit code 1\nUnknown command: "tset"\n\nDid you mean this?\n  npm test';
    await hook('post-tool-use-failure', 'PostToolUseFailure', 'npm tset', { error });
    expect((await once()).out).toBe('1 entries processed\n');
    await hook('post-tool-use', 'PostToolUse', 'npm test');
    expect((await once()).out).toBe('1 entries processed\n');
    const { stdout } = await hook('prevent-failure', 'PreToolUse', 'npm tset');
    expect(stdout).toContain('What worked instead: `npm test`');
  });
});
