import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { StateFolder } from '../../../../lib/core/state-folder.ts';
import { putFile } from '../../delivery/handlers/handler-folder.ts';
import { inStore, preparedStore } from '../prepared-store.ts';
import { runCommand } from '../run-command.ts';

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

/** What `handlers list --json` shows, without what is built in. */
async function ownOf(folder: StateFolder): Promise<readonly unknown[]> {
  const { out } = await runCommand(folder, ['handlers', 'list', '--json']);
  const all: readonly { readonly kind: string }[] = JSON.parse(out);
  return all.filter(({ kind }) => kind !== 'builtin');
}

describe('waymark handlers list', () => {
  it('has the shape that scripts rely on', async () => {
    const folder = withHandler(
      HANDLER.replace('task.failed', 'task.failed timeout=5 filter payload.call.tool!=Edit'),
    );
    putFile(`${folder.root}/handlers/other.sh`, HANDLER, 0o644);
    expect(await ownOf(folder)).toEqual([
      {
        name: 'user/notify',
        kind: 'executable',
        path: `${folder.root}/handlers/notify.sh`,
        state: 'ready',
        reason: null,
        on: ['task.failed'],
        filter: ['payload.call.tool!=Edit'],
        timeoutMs: 5_000,
        concurrency: 1,
        attempts: 5,
      },
      expect.objectContaining({
        name: 'user/other',
        state: 'refused',
        reason: expect.stringContaining('chmod +x'),
        on: null,
      }),
    ]);
  });

  it('shows those that are built in behind those of the user, with what they get', async () => {
    const folder = withHandler();
    const listed = JSON.parse((await runCommand(folder, ['handlers', 'list', '--json'])).out);
    const own = {
      kind: 'builtin',
      path: null,
      state: 'ready',
      reason: null,
      filter: null,
      timeoutMs: 30_000,
      concurrency: 4,
      attempts: 6,
    };
    expect(listed[0]).toMatchObject({ name: 'user/notify' });
    expect(listed[1]).toEqual({
      ...own,
      name: 'builtin/heartbeat',
      on: ['process.stale', 'system.observability_check'],
    });
    expect(listed).toHaveLength(9);
    const { out } = await runCommand(folder, ['handlers', 'list']);
    expect(out).toMatch(/^user\/notify +ready +executable +task\.failed$/m);
    expect(out).toMatch(/^builtin\/learning +ready +built in +learning\.cycle_requested$/m);
  });

  it('says how to make the first one', async () => {
    expect((await runCommand(preparedStore(), ['handlers', 'list'])).out).toContain(
      'waymark handlers new NAME',
    );
  });
});

describe('waymark handlers stats', () => {
  it('says whether it is the name to which nothing was delivered', async () => {
    const folder = preparedStore();
    inStore(folder, (database) => {
      const insert =
        'INSERT INTO deliveries (event_id, subscription, session_id, due_at, created_at) SELECT id, ?, session_id, 1, 1 FROM events LIMIT 1';
      database.prepare(insert).run('user/notify');
    });
    expect((await runCommand(folder, ['handlers', 'stats', 'notfy'])).out).toBe(
      'Nothing was delivered to notfy yet; did you mean notify?\n',
    );
    expect((await runCommand(folder, ['handlers', 'stats', 'something-else'])).out).toBe(
      'Nothing was delivered to something-else yet.\n',
    );
    expect((await runCommand(folder, ['handlers', 'stats', 'notify'])).out).toMatch(
      /user\/notify +0 +0 +1/,
    );
  });

  it('tells where those that are built in can be seen', async () => {
    expect((await runCommand(preparedStore(), ['handlers', 'stats'])).out).toBe(
      "Nothing was delivered yet.\nHandlers of waymark's own are called builtin/NAME; `waymark handlers list` shows what they get.\n",
    );
    expect((await runCommand(preparedStore(), ['handlers', 'stats', 'notify'])).out).toBe(
      'Nothing was delivered to notify yet.\n',
    );
  });
});

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

  it.each([
    [['--type', 'checkpoint.created'], 'checkpoint.created', 'would not give it'],
    [['--event', 'evt_20261122_100000_0000000000000001'], 'session.started', 'would not give it'],
    [['--event', 'mine.json'], 'build.failed', 'would not give it'],
    [['--type', 'task.failed'], 'task.failed', 'got {'],
  ])('takes %j', async (flags, type, said) => {
    const folder = withHandler();
    writeFileSync(
      `${folder.root}/mine.json`,
      '{"event_type":"build.failed","payload":{"job":"lint"}}',
    );
    const { status, out } = await runCommand(folder, ['handlers', 'test', 'user/notify', ...flags]);
    expect(status).toBe(0);
    expect(out).toContain(`with ${type}`);
    expect(out).toContain(said);
  });

  it('has status 1 and shows why when the handler fails', async () => {
    const { status, out } = await runCommand(
      withHandler('#!/bin/sh\n# waymark: on task.failed\necho no route\nexit 3\n'),
      ['handlers', 'test', 'notify'],
    );
    expect(status).toBe(1);
    expect(out).toMatch(/^user\/notify failed in \d+ ms.*\nExit status 3: no route\nno route\n$/);
  });

  it('holds a handler to its time limit', async () => {
    const { status, out } = await runCommand(
      withHandler('#!/bin/sh\n# waymark: on task.failed timeout=0.2\nexec sleep 1000\n'),
      ['handlers', 'test', 'notify'],
    );
    expect([status, out]).toEqual([1, expect.stringContaining('longer than its time limit')]);
  });

  it.each([
    [['nobody'], 1, 'Cannot find a handler called nobody\n'],
    [['notfy'], 1, 'Cannot find a handler called notfy; did you mean notify?'],
    [['notify', '--event', 'evt_none'], 1, 'neither the id of a stored one nor a file'],
    [['notify', '--event', 'x', '--type', 'a.b'], 2, 'at once'],
    [['notify', '--type', 'task.fialed'], 1, 'did you mean'],
  ])('refuses %j', async (args, status, reason) => {
    expect(await runCommand(withHandler(), ['handlers', 'test', ...args])).toMatchObject({
      status,
      err: expect.stringContaining(reason),
    });
  });

  it('says why a refused handler cannot run', async () => {
    const folder = preparedStore();
    putFile(`${folder.root}/handlers/notify.sh`, '#!/bin/sh\n');
    expect(await runCommand(folder, ['handlers', 'test', 'notify'])).toMatchObject({
      status: 1,
      err: expect.stringContaining('which events it wants'),
    });
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
      err: expect.stringContaining('is there'),
    });
  });

  it('takes the language from the ending of the name', async () => {
    const folder = preparedStore();
    const { out } = await runCommand(folder, ['handlers', 'new', 'notify.py', '--json']);
    expect(JSON.parse(out)).toEqual({ path: `${folder.root}/handlers/notify.py` });
    expect(await runCommand(folder, ['handlers', 'new', 'other.ts', '--shell'])).toMatchObject({
      status: 2,
      err: expect.stringContaining('shell and ts at once'),
    });
    expect(await runCommand(folder, ['handlers', 'new', 'other.rb'])).toMatchObject({
      status: 2,
      err: expect.stringContaining('use letters'),
    });
  });

  it('says where it cannot write', async () => {
    const folder = preparedStore();
    writeFileSync(`${folder.root}/handlers`, 'in the way');
    const path = `${folder.root}/handlers/notify.sh`;
    expect(await runCommand(folder, ['handlers', 'new', 'notify'])).toMatchObject({
      status: 1,
      err: expect.stringMatching(
        new RegExp(`^Cannot make a handler called notify: E\\w+ at ${path}\nCheck who owns`),
      ),
    });
  });

  it.each(['../escape', '', 'a b', '.x'])('refuses the name %j', async (name) => {
    expect((await runCommand(preparedStore(), ['handlers', 'new', name])).status).toBe(2);
  });
});
