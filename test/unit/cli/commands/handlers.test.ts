import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { StateFolder } from '../../../../lib/core/state-folder.ts';
import { putFile } from '../../delivery/handlers/handler-folder.ts';
import { preparedStore } from '../prepared-store.ts';
import { runCommand } from '../run-command.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const HANDLER = '#!/bin/sh\n# waymark: on task.failed\nsed "s/^/got /" | cut -c1-60\n';

function withHandler(text = HANDLER): StateFolder {
  const folder = preparedStore();
  putFile(`${folder.root}/handlers/notify.sh`, text);
  return folder;
}

function queued(folder: StateFolder): readonly string[] {
  return existsSync(folder.queue)
    ? readdirSync(folder.queue, { recursive: true })
        .map(String)
        .filter((name) => name.endsWith('.json'))
    : [];
}

describe('waymark handlers test', () => {
  it('runs a handler once, with the latest event that it wants, and leaves the outbox alone', async () => {
    const folder = withHandler();
    const { status, out } = await runCommand(folder, ['handlers', 'test', 'notify', '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      name: 'user/notify',
      eventId: 'evt_20261122_100000_0000000000000004',
      eventType: 'task.failed',
      wanted: true,
      state: 'done',
      reason: null,
      output: expect.stringContaining('got {"event_id":"evt_20261122_100000_0000000000000004"'),
      ms: expect.any(Number),
      emitted: [],
    });
    expect(queued(folder)).toEqual([]);
  });

  it('holds a handler to its time limit, even if garbage is collected meanwhile', async () => {
    const collecting = setInterval(collectGarbage, 20);
    const { status, out } = await runCommand(
      withHandler('#!/bin/sh\n# waymark: on task.failed timeout=0.2\nexec sleep 1000\n'),
      ['handlers', 'test', 'notify'],
    ).finally(() => clearInterval(collecting));
    expect([status, out]).toEqual([1, expect.stringContaining('longer than its time limit')]);
  });
});

describe('waymark handlers new', () => {
  it.each([
    ['--shell', '.sh', 0o700],
    ['--python', '.py', 0o700],
    ['--ts', '.ts', 0o600],
  ])('%s writes a handler that can be listed', async (flag, ending, mode) => {
    const folder = preparedStore();
    const { out } = await runCommand(folder, ['handlers', 'new', 'notify', flag, '--json']);
    const { path } = JSON.parse(out);
    expect(path).toBe(`${folder.root}/handlers/notify${ending}`);
    expect(statSync(path).mode & 0o777).toBe(mode);
    expect(await runCommand(folder, ['handlers', 'new', 'notify'])).toMatchObject({
      status: 2,
      err: expect.stringContaining('exists'),
    });
  });

  it('says where it cannot write', async () => {
    const folder = preparedStore();
    writeFileSync(`${folder.root}/handlers`, 'in the way');
    const path = `${folder.root}/handlers/notify.sh`;
    expect(await runCommand(folder, ['handlers', 'new', 'notify'])).toMatchObject({
      status: 1,
      err: expect.stringMatching(
        new RegExp(`^Cannot create handler notify: E\\w+ at ${path}\nCheck who owns`),
      ),
    });
  });
});
