import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { objectField, parseJsonObject, type JsonObject } from '../../../../lib/core/json.ts';
import { stateFolderAt, type StateFolder } from '../../../../lib/core/state-folder.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { countOperations, OTHER, preparedStore, SESSION } from '../prepared-store.ts';
import { runCommand } from '../run-command.ts';

const RUNNING = 'bbbb1111-0000-4000-8000-000000000009';

describe('waymark checkpoint', () => {
  it('enqueues a manual checkpoint and notes its id as captured', async () => {
    const folder = preparedStore();
    countOperations(folder, SESSION, 4);
    const { status, out } = await runCommand(folder, [
      'checkpoint',
      '--session',
      'aaaa1',
      '--note',
      'tests are green',
      '--json',
    ]);
    expect(status).toBe(0);
    const event = onlyEntry(folder);
    expect(event).toMatchObject({ event_type: 'checkpoint.created', source: 'cli' });
    expect(event['payload']).toMatchObject({
      session_id: SESSION,
      project: '/work/shop',
      kind: 'manual',
      saved_by: 'cli',
      operation_count: 4,
      note: 'tests are green',
      transcript_path: '/nowhere.jsonl',
    });
    expect(JSON.parse(out)).toMatchObject({
      id: event['event_id'],
      session: SESSION,
      stored: false,
    });
    expect(readFileSync(`${folder.throttle}/${SESSION}/captured`, 'utf8')).toBe(
      `${event['event_id']}\n`,
    );
  });

  it('takes the session that runs around it before the latest of the folder', async () => {
    const folder = preparedStore();
    await runCommand(folder, ['checkpoint'], {
      cwd: '/work/shop',
      environment: { CLAUDE_CODE_SESSION_ID: RUNNING, CLAUDE_PROJECT_DIR: '/work/shop' },
    });
    expect(onlyEntry(folder)['payload']).toMatchObject({
      session_id: RUNNING,
      project: '/work/shop',
    });
  });

  it('takes the latest session of this folder otherwise', async () => {
    const folder = preparedStore();
    await runCommand(folder, ['checkpoint'], { cwd: '/work/shop/sub' });
    expect(onlyEntry(folder)['payload']).toMatchObject({ session_id: OTHER });
  });

  it('keeps tokens out of the note', async () => {
    const folder = preparedStore();
    await runCommand(folder, [
      'checkpoint',
      '--session',
      SESSION,
      '--note',
      `key ghp_${'a1B2'.repeat(9)}`,
    ]);
    expect(JSON.stringify(onlyEntry(folder))).not.toContain('a1B2a1B2');
  });

  it('fails with a remedy where no session is known', async () => {
    expect(await runCommand(preparedStore(), ['checkpoint'], { cwd: '/elsewhere' })).toMatchObject({
      status: 1,
      err: expect.stringContaining('--session'),
    });
  });

  it('refuses a session id that is no id, and writes nothing outside', async () => {
    const folder = preparedStore();
    const { status } = await runCommand(folder, ['checkpoint'], {
      environment: { CLAUDE_CODE_SESSION_ID: '../../evil' },
    });
    expect(status).toBe(2);
    expect(existsSync(`${folder.root}/queue/pending`)).toBe(false);
  });

  it('works before there is a store', async () => {
    const root = tempFolder();
    const folder = stateFolderAt(`${root}/state`, {}, [`${root}/run`]);
    expect(
      (await runCommand(folder, ['checkpoint', '--session', RUNNING], { cwd: root })).status,
    ).toBe(0);
    expect(onlyEntry(folder)['payload']).toMatchObject({ session_id: RUNNING, project: root });
  });

  it('reads the branch of the work tree from its files', async () => {
    const folder = preparedStore();
    const project = tempFolder();
    mkdirSync(`${project}/.git`);
    writeFileSync(`${project}/.git/HEAD`, 'ref: refs/heads/topic\n');
    await runCommand(folder, ['checkpoint', '--session', RUNNING], { cwd: project });
    expect(objectField(onlyEntry(folder), 'payload')['git_branch']).toBe('topic');
  });
});

function onlyEntry(folder: StateFolder): JsonObject {
  const names = readdirSync(`${folder.queue}/pending/3`);
  expect(names).toHaveLength(1);
  return parseJsonObject(readFileSync(`${folder.queue}/pending/3/${names[0]}`, 'utf8')) ?? {};
}
