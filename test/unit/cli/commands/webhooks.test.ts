import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { lock } from 'proper-lockfile';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { readWebhooks, webhooksFile } from '../../../../lib/delivery/webhooks/webhook-list.ts';
import { webhookNotesFile, writeNotes } from '../../../../lib/delivery/webhooks/webhook-notes.ts';
import { makeSecret } from '../../../../lib/delivery/webhooks/webhook-secret.ts';
import { type StateFolder, stateFolderAt } from '../../../../lib/core/state-folder.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { CERTIFICATE, startReceiver } from '../../../support/webhook-receiver.ts';
import { type CommandResult, runCommand } from '../run-command.ts';

const URL = 'https://ci.example/hook/a1b2c3d4e5f6g7h8i9j0?token=hidden';
const NOW = Date.UTC(2026, 10, 22, 10);

describe('waymark webhooks add', () => {
  it('makes a secret, shows it once, and stores it closed to other users', async () => {
    const { folder, run } = setting();
    const { out } = await run('add', URL, '--type', 'task.*', 'security.*', '--json');
    const { secret, ...shown } = JSON.parse(out);
    expect(shown).toEqual({
      name: 'ci.example',
      url: 'https://ci.example/hook/…?…',
      types: ['task.*', 'security.*'],
    });
    expect(listed(folder)).toMatchObject([
      {
        name: 'ci.example',
        url: URL,
        types: ['task.*', 'security.*'],
        secret,
        addedAt: '2026-11-22T10:00:00.000Z',
      },
    ]);
    expect(statSync(webhooksFile(folder.root)).mode & 0o777).toBe(0o600);
    const others = [
      await run('list'),
      await run('list', '--json'),
      await run('enable', 'ci.example'),
      await run('remove', 'ci.example', '--json'),
    ];
    expect(JSON.stringify(others)).not.toContain(secret.slice(6));
    expect(JSON.stringify(others)).not.toMatch(/hidden|a1b2c3/);
  });

  it('takes a secret from a file, and does not repeat it', async () => {
    const { folder, run } = setting();
    const secret = makeSecret();
    writeFileSync(`${folder.root}/given`, `${secret}\n`);
    const result = await run('add', URL, '--secret-file', 'given');
    expect(result).toMatchObject({ status: 0, err: '' });
    expect(result.out).not.toContain('whsec_');
    expect(listed(folder)).toMatchObject([{ secret }]);
  });

  it('takes no secret from the command line, and does not repeat it', async () => {
    const { run } = setting();
    const secret = makeSecret();
    const result = await run('add', URL, '--secret', secret);
    expect(result).toMatchObject({ status: 2, err: expect.stringContaining('--secret -') });
    expect(JSON.stringify(result)).not.toContain(secret.slice(6));
  });

  it('does not repeat a secret that it refuses', async () => {
    const { folder, run } = setting();
    writeFileSync(`${folder.root}/given`, 'correct horse battery');
    const result = await run('add', URL, '--secret-file', 'given');
    expect(result).toMatchObject({ status: 2, out: '' });
    expect(result.err).not.toContain('horse');
    expect(listed(folder)).toEqual([]);
  });

  it.each([
    ['http to another machine', ['http://ci.example/'], 'https://'],
    ['a password in the address', ['https://me:hidden@ci.example/'], 'password'],
    ['something that is no type', [URL, '--type', 'Task Failed'], 'glob'],
    ['a name with a slash', [URL, '--name', 'a/b'], 'name must be'],
    ['a file that is no certificate', [URL, '--ca-file', '/dev/null'], 'certificate'],
    ['a file that is not there', [URL, '--secret-file', 'missing'], 'missing'],
  ])('refuses %s', async (_what, args, said) => {
    const { folder, run } = setting();
    const result = await run('add', ...args);
    expect(result).toMatchObject({ status: 2, err: expect.stringContaining(said) });
    expect(result.err).not.toMatch(/hidden|a1b2c3/);
    expect(listed(folder)).toEqual([]);
  });

  it('gives each its own name', async () => {
    const { folder, run } = setting();
    await run('add', URL);
    await run('add', URL);
    expect(await run('add', URL, '--name', 'ci.example')).toMatchObject({
      status: 2,
      err: expect.stringContaining('--name'),
    });
    expect(listed(folder).map(({ name }) => name)).toEqual(['ci.example', 'ci.example-2']);
  });

  it('loses none of those that are added at the same time', async () => {
    const { folder, run } = setting();
    const names = ['a', 'b', 'c', 'd'];
    await Promise.all(names.map((name) => run('add', URL, '--name', name)));
    expect(
      listed(folder)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(names);
  });

  it('leaves the list alone while another program holds it', async () => {
    const { folder, run } = setting();
    const release = await lock(webhooksFile(folder.root), { realpath: false });
    expect(await run('add', URL)).toMatchObject({
      status: 1,
      err: expect.stringContaining('another program holds'),
    });
    await release();
    expect(listed(folder)).toEqual([]);
  });

  it('keeps a broken list, and entries that it does not understand', async () => {
    const { folder, run } = setting();
    writeFileSync(webhooksFile(folder.root), '{"webhooks": [');
    expect(await run('add', URL)).toMatchObject({
      status: 1,
      err: expect.stringContaining('Fix the file by hand; it was not changed.'),
    });
    expect(readFileSync(webhooksFile(folder.root), 'utf8')).toBe('{"webhooks": [');
    writeFileSync(webhooksFile(folder.root), '{"webhooks": [{"name": "theirs", "kind": "later"}]}');
    await run('add', URL);
    expect(JSON.parse(readFileSync(webhooksFile(folder.root), 'utf8')).webhooks).toMatchObject([
      { name: 'theirs', kind: 'later' },
      { name: 'ci.example' },
    ]);
  });
});

describe('waymark webhooks list', () => {
  it('shows how each is, in the shape that scripts rely on', async () => {
    const { folder, run } = setting();
    for (const name of ['fresh', 'fine', 'ill', 'off'])
      await run('add', 'https://ci.example/hook', '--name', name, '--type', 'task.*');
    const ids = Object.fromEntries(listed(folder).map(({ name, id }) => [name, id]));
    const [good, bad] = ['2026-11-22T09:00:00.000Z', '2026-11-22T09:30:00.000Z'];
    writeNotes(
      webhookNotesFile(folder.root),
      new Map([
        [String(ids['fine']), { lastSuccessAt: good }],
        [
          String(ids['ill']),
          { lastSuccessAt: good, failingSince: bad, lastFailureAt: bad, reason: 'HTTP 500: no' },
        ],
        [String(ids['off']), { failingSince: bad, goneAt: bad, reason: 'HTTP 410' }],
      ]),
    );
    const same = {
      url: 'https://ci.example/hook',
      types: ['task.*'],
      addedAt: '2026-11-22T10:00:00.000Z',
    };
    expect(JSON.parse((await run('list', '--json')).out)).toEqual([
      { ...same, name: 'fresh', state: 'new', lastSuccessAt: null, since: null, reason: null },
      { ...same, name: 'fine', state: 'well', lastSuccessAt: good, since: null, reason: null },
      {
        ...same,
        name: 'ill',
        state: 'failing',
        lastSuccessAt: good,
        since: bad,
        reason: 'HTTP 500: no',
      },
      { ...same, name: 'off', state: 'gone', lastSuccessAt: null, since: bad, reason: 'HTTP 410' },
    ]);
    const { out } = await run('list');
    expect(out).toMatch(/ill has accepted nothing since .*: HTTP 500: no/);
    expect(out).toMatch(/off is disabled since .*: HTTP 410/);
  });

  it('says so when there are none', async () => {
    expect((await setting().run('list')).out).toBe(
      'No webhooks yet. Add one: `waymark webhooks add URL`\n',
    );
  });

  it('names entries that cannot be used', async () => {
    const { folder, run } = setting();
    writeFileSync(
      webhooksFile(folder.root),
      '{"webhooks": [{"name": "theirs", "secret": "hidden"}]}',
    );
    const result = await run('list', '--json');
    expect(result).toMatchObject({
      status: 0,
      out: '[]\n',
      err: expect.stringContaining('webhook theirs: id is missing'),
    });
    expect(result.err).not.toContain('hidden');
  });
});

describe('waymark webhooks test', () => {
  it('posts a signed event, and prints status and time', async () => {
    const { run } = setting();
    const receiver = await startReceiver({
      answer: (response) => response.writeHead(200).end('got it'),
    });
    const { secret } = JSON.parse((await run('add', receiver.url, '--name', 'here', '--json')).out);
    expect(await run('test', 'here')).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^✓ here: HTTP 200: got it \(\d+ ms\)\n$/),
    });
    const [got] = receiver.received;
    const headers = Object.fromEntries(
      Object.entries(got?.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    const signed = new Webhook(secret).sign(
      String(headers['webhook-id']),
      new Date(NOW),
      got?.body ?? '',
    );
    expect(headers['webhook-signature']).toBe(signed);
    expect(JSON.parse(got?.body ?? '')).toMatchObject({
      specversion: '1.0',
      type: 'waymark.webhook.tested',
      data: { name: 'here' },
    });
  });

  it('fails with what came back', async () => {
    const { run } = setting();
    const receiver = await startReceiver({
      answer: (response) => response.writeHead(401).end('who?'),
    });
    await run('add', receiver.url, '--name', 'here');
    const { status, out } = await run('test', 'here', '--json');
    expect([status, JSON.parse(out)]).toEqual([
      1,
      { name: 'here', ok: false, status: 401, ms: expect.any(Number), said: 'HTTP 401: who?' },
    ]);
    await receiver.kill();
    expect(await run('test', 'here')).toMatchObject({
      status: 1,
      out: expect.stringMatching(/^✗ here: .*ECONNREFUSED.* \(\d+ ms\)\n$/),
    });
  });

  it('reaches a receiver whose certificate was named', async () => {
    const { run } = setting();
    const receiver = await startReceiver({ isTls: true });
    await run('add', receiver.url, '--name', 'named', '--ca-file', CERTIFICATE);
    await run('add', receiver.url, '--name', 'unnamed');
    expect(await run('test', 'named')).toMatchObject({ status: 0 });
    expect(await run('test', 'unnamed')).toMatchObject({
      status: 1,
      out: expect.stringContaining('self-signed certificate'),
    });
  });
});

describe('waymark webhooks remove and enable', () => {
  it('removes one and leaves the others', async () => {
    const { folder, run } = setting();
    for (const name of ['one', 'two']) await run('add', URL, '--name', name);
    expect((await run('remove', 'one')).out).toBe('Webhook one removed.\n');
    expect(listed(folder).map(({ name }) => name)).toEqual(['two']);
  });

  it('forgets that a receiver was gone when it is enabled', async () => {
    const { folder, run } = setting();
    await run('add', URL, '--name', 'one');
    const before = listed(folder)[0];
    writeNotes(
      webhookNotesFile(folder.root),
      new Map([[before?.id ?? '', { goneAt: '2026-11-22T09:00:00.000Z' }]]),
    );
    expect(JSON.parse((await run('list', '--json')).out)).toMatchObject([{ state: 'gone' }]);
    await run('enable', 'one');
    expect(JSON.parse((await run('list', '--json')).out)).toMatchObject([{ state: 'new' }]);
    expect(listed(folder)).toEqual([
      { ...before, id: expect.not.stringMatching(before?.id ?? '') },
    ]);
  });

  it.each(['remove', 'enable', 'test'])('does not %s what is not there', async (verb) => {
    const { run } = setting();
    await run('add', URL, '--name', 'nightly');
    expect(await run(verb, 'nightyl')).toMatchObject({
      status: 1,
      err: expect.stringContaining('did you mean nightly?'),
    });
  });
});

function setting(): {
  readonly folder: StateFolder;
  run(...args: readonly string[]): Promise<CommandResult>;
} {
  const root = tempFolder();
  const folder = stateFolderAt(root, {}, [`${root}/runtime`]);
  return { folder, run: (...args) => runCommand(folder, ['webhooks', ...args], { now: NOW }) };
}

function listed(folder: StateFolder) {
  return readWebhooks(webhooksFile(folder.root)).webhooks;
}
