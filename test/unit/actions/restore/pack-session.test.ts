import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packSession } from '../../../../lib/actions/restore/pack-session.ts';
import { unpackSession } from '../../../../lib/actions/restore/unpack-session.ts';
import { stateFolderAt } from '../../../../lib/core/state-folder.ts';
import {
  containerHead,
  contentHash,
  recordOf,
} from '../../../../lib/journal/transcripts/container.ts';
import { ClientSession, transcriptLines } from '../../../support/client-session.ts';

const RESULT = 'projects/-work-app/s-1/tool-results/b1.txt';

function scene() {
  const client = new ClientSession();
  client.write(client.transcript, `{"cwd":"${client.root}/app"}\n${transcriptLines(30)}`);
  client.write(RESULT, 'line\n'.repeat(9_000));
  const actionContext = {
    folder: stateFolderAt(`${client.root}/state`),
    environment: { CLAUDE_CONFIG_DIR: `${client.root}/other machine` },
    clock: () => Date.UTC(2026, 10, 22, 12),
  };
  const session = {
    ...{ id: 's-1', project: `${client.root}/app`, transcriptPath: client.transcriptPath },
    clientPid: undefined,
  };
  const there = `${client.root}/there`;
  mkdirSync(there);
  const pack = () =>
    packSession(actionContext, { session, cwd: client.root, out: 'one.waymark-session' });
  const unpack = (file = 'one.waymark-session', more = {}) =>
    unpackSession(actionContext, {
      ...{ file, cwd: client.root, to: 'there', isDryRun: false },
      isForgotten: () => Promise.resolve(false),
      ...more,
    });
  const target = (path: string) =>
    `${client.root}/other machine/${path.replace('-work-app', there.replaceAll(/[^A-Za-z0-9]/g, '-'))}`;
  return { client, pack, unpack, target };
}

describe('a packed session', () => {
  it('is the same on another machine', async () => {
    const { client, pack, unpack, target } = scene();
    const packed = pack();
    expect(packed).toMatchObject({ files: 2, problems: [] });
    expect(packed.packedBytes).toBeLessThan(packed.bytes / 4);
    const { files, folder } = await unpack();
    expect(files.map(({ step }) => step)).toEqual(['restore', 'restore']);
    expect(folder).toBe(`${client.root}/there`);
    for (const path of [client.transcript, RESULT])
      expect(readFileSync(target(path), 'utf8')).toBe(
        readFileSync(`${client.base}/${path}`, 'utf8'),
      );
  });

  it('has what the archive has and the client lacks', async () => {
    const { client, pack, unpack, target } = scene();
    const whole = readFileSync(client.transcriptPath, 'utf8');
    client.save({ isClosed: true });
    truncateSync(client.transcriptPath, 100);
    rmSync(`${client.base}/${RESULT}`);
    client.write('tasks/s-1/1.json', '{"id":"1"}');
    expect(pack().files).toBe(3);
    await unpack();
    expect(readFileSync(target(client.transcript), 'utf8')).toBe(whole);
    expect(readFileSync(target(RESULT), 'utf8')).toHaveLength(45_000);
  });

  it('replaces no file when it is written', () => {
    const { pack } = scene();
    pack();
    expect(pack).toThrow(/it exists$/);
  });

  it('knows where the session was', async () => {
    const { client, pack, unpack } = scene();
    pack();
    const { folder, isFolderThere } = await unpack(undefined, { to: undefined, isDryRun: true });
    expect([folder, isFolderThere]).toEqual([`${client.root}/app`, false]);
  });

  it('brings back no session that was forgotten here', async () => {
    const { pack, unpack } = scene();
    pack();
    const isForgotten = () => Promise.resolve(true);
    await expect(unpack(undefined, { isForgotten })).rejects.toThrow(/forgotten/);
  });
});

describe('a pack of somebody else', () => {
  const block = (path: string, content: Buffer, own: Record<string, unknown> = {}): Buffer =>
    Buffer.concat([
      recordOf({ k: 'open', id: 0, path, at: 1 }),
      recordOf(
        {
          ...{ k: 'block', id: 0, off: 0, n: content.length, z: content.length, c: 'raw' },
          ...{ sha: contentHash(content), at: 1, ...own },
        } as Parameters<typeof recordOf>[0],
        content,
      ),
    ]);
  const hostile: Readonly<Record<string, Buffer>> = {
    'a path out of the folder': block('projects/../../../evil/s-1.jsonl', Buffer.from('{}\n')),
    'an absolute path': block('/tmp/s-1.jsonl', Buffer.from('{}\n')),
    'settings of the client': block('settings.json', Buffer.from('{}\n')),
    'another session': block('projects/-a/s-2.jsonl', Buffer.from('{}\n')),
    'a path with a NUL': block('projects/a\0b/s-1.jsonl', Buffer.from('{}\n')),
    'a block that is not what its hash says': block('projects/-a/s-1.jsonl', Buffer.from('{}\n'), {
      sha: 'x',
    }),
    'a block of an impossible length': block('projects/-a/s-1.jsonl', Buffer.from('{}\n'), {
      n: 2 ** 40,
    }),
    'a gap': block('projects/-a/s-1.jsonl', Buffer.from('{}\n'), { off: 10 }),
    'one path twice': Buffer.concat([
      block('projects/-a/s-1.jsonl', Buffer.from('{}\n')),
      recordOf({ k: 'open', id: 1, path: 'projects/-a/s-1.jsonl', at: 1 }),
    ]),
    'blocks over one another that unpack to terabytes': Buffer.concat([
      recordOf({ k: 'open', id: 0, path: 'projects/-a/s-1.jsonl', at: 1 }),
      ...Array.from({ length: 1_000 }, (_none, index) =>
        recordOf({ k: 'block', id: 0, off: index, n: 16 << 20, z: 0, c: 'br', sha: 'x', at: 1 }),
      ),
    ]),
    'no files': Buffer.alloc(0),
  };

  it.each(Object.keys(hostile))('is refused for %s', async (what) => {
    const { client, unpack } = scene();
    writeFileSync(
      `${client.root}/bad`,
      Buffer.concat([containerHead('s-1', '/x'), hostile[what] ?? Buffer.alloc(0)]),
    );
    await expect(unpack('bad')).rejects.toMatchObject({ code: 'PACK_INVALID' });
    expect(existsSync(`${client.root}/other machine`)).toBe(false);
  });

  it('is refused when it is cut, flipped, a link, no pack, or of a later version', async () => {
    const { client, pack, unpack } = scene();
    pack();
    const bytes = readFileSync(`${client.root}/one.waymark-session`);
    writeFileSync(`${client.root}/cut`, bytes.subarray(0, bytes.length - 40));
    const flipped = Buffer.from(bytes);
    flipped.writeUInt8(flipped.readUInt8(bytes.length - 60) ^ 1, bytes.length - 60);
    writeFileSync(`${client.root}/flipped`, flipped);
    writeFileSync(`${client.root}/text`, 'no pack\n');
    writeFileSync(`${client.root}/name`, Buffer.concat([containerHead('../s', '/'), bytes]));
    symlinkSync('one.waymark-session', `${client.root}/link`);
    for (const file of ['cut', 'flipped', 'text', 'name', 'link'])
      await expect(unpack(file), file).rejects.toMatchObject({ code: 'PACK_INVALID' });
    writeFileSync(`${client.root}/newer`, '{"waymark-transcripts":2}\n');
    await expect(unpack('newer')).rejects.toMatchObject({ code: 'ARCHIVE_TOO_NEW' });
    await expect(unpack('nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(existsSync(`${client.root}/other machine`)).toBe(false);
  });
});
