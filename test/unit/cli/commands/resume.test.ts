import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stateFolderAt } from '../../../../lib/core/state-folder.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { preparedStore } from '../prepared-store.ts';
import { runCommand } from '../run-command.ts';

const ID = 'bbbb1111-0000-4000-8000-000000000001';
const OTHER = 'bbbb2222-0000-4000-8000-000000000002';

function recorded(project: string) {
  const call = {
    tool: 'Bash',
    target: 'make dates',
    outcome: 'failed',
    tool_use_id: 't1',
    error: 'no rule',
  };
  return preparedStore([
    [
      'session.prompt_submitted',
      1,
      { session_id: ID, project, prompt: 'Teach the parser to read dates' },
    ],
    ['task.failed', 2, { session_id: ID, project, call }],
    [
      'session.prompt_submitted',
      3,
      { session_id: OTHER, project: '/elsewhere', prompt: 'Something else' },
    ],
  ]);
}

describe('waymark resume', () => {
  it('tells where the latest session of this folder is', async () => {
    const project = tempFolder();
    const { status, out } = await runCommand(recorded(project), ['resume'], { cwd: project });
    expect(status).toBe(0);
    expect(out).toBe(
      'Task (last prompt): Teach the parser to read dates\nFailed and not yet working:\n- `make dates`: no rule\nLast commands, latest first:\n- failed: `make dates` (no rule)\n',
    );
  });

  it('takes the beginning of an id, and prints JSON', async () => {
    const { out } = await runCommand(recorded('/p'), ['resume', 'bbbb2', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      session: OTHER,
      prompts: ['Something else'],
      hasWork: false,
      git: null,
      text: 'Task (last prompt): Something else',
    });
  });

  it('says that a folder has no session', async () => {
    const elsewhere = tempFolder();
    expect(await runCommand(recorded('/p'), ['resume'], { cwd: elsewhere })).toMatchObject({
      status: 1,
      out: '',
      err: expect.stringContaining(`no session was recorded in ${elsewhere}`),
    });
    const root = tempFolder();
    mkdirSync(`${root}/state`);
    const empty = stateFolderAt(`${root}/state`, { XDG_RUNTIME_DIR: `${root}/run` });
    expect(await runCommand(empty, ['resume', 'last'])).toMatchObject({ status: 1 });
  });
});
