import { existsSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { archiveFolder } from '../../../../lib/journal/archive/archive-files.ts';
import type { EventEnvelope } from '../../../../lib/events/envelope.ts';
import type { StateFolder } from '../../../../lib/core/state-folder.ts';
import { sqliteDriver } from '../../../../lib/store/driver.ts';
import { openStore } from '../../../../lib/store/open-store.ts';
import { unpack } from '../../../../lib/store/parcel.ts';
import { archiveAllButLast } from '../../../support/test-journal.ts';
import { putFile } from '../../delivery/handlers/handler-folder.ts';
import { inStore, OTHER, preparedStore, SESSION, START } from '../prepared-store.ts';
import { runCommand } from '../run-command.ts';

const DAY = 86_400_000;

/**
 * The prepared store, whose events are archived and compressed; the store keeps only the last one.
 */
async function archived(): Promise<StateFolder> {
  const folder = preparedStore();
  const database = openStore(folder.store, sqliteDriver());
  await archiveAllButLast(folder, database, START);
  database.close();
  return folder;
}

/** The same, with handlers and webhooks. */
async function receivers(): Promise<StateFolder> {
  const folder = await archived();
  const program = '#!/bin/sh\n# waymark: on session.*\n';
  for (const name of ['notify', 'both']) putFile(`${folder.root}/handlers/${name}`, program);
  putFile(`${folder.root}/handlers/broken`, program, 0o644);
  for (const name of ['team', 'both'])
    await runCommand(folder, ['webhooks', 'add', 'http://127.0.0.1:9/', '--name', name]);
  return folder;
}

async function report(
  folder: StateFolder,
  args: readonly string[],
): Promise<Record<string, unknown>> {
  const { status, out, err } = await runCommand(folder, ['replay', ...args, '--json'], {
    now: START + DAY,
  });
  expect({ status, err }).toEqual({ status: 0, err: '' });
  return JSON.parse(out);
}

function queued(folder: StateFolder): readonly EventEnvelope[] {
  const place = `${folder.queue}/pending/8`;
  return readdirSync(place).flatMap((file) => [
    ...unpack(JSON.parse(readFileSync(`${place}/${file}`, 'utf8'))),
  ]);
}

/** The only event that the store has. */
const STORED = 'evt_20261122_100000_0000000000000007';

describe('waymark replay', () => {
  it('queues events of store and archive again, each once', async () => {
    const folder = await archived();
    const total = (await report(folder, ['--type', '*', '--dry-run']))['selected'];
    expect(total).toBe(7);
    expect(await report(folder, ['--type', '*', '--again'])).toMatchObject({
      selected: 7,
      queued: 7,
      refused: [],
      damage: [],
    });
    expect(new Set(queued(folder).map(({ metadata }) => metadata?.replay_of)).size).toBe(7);
  });

  it.each([
    ['--type', 'checkpoint.*', 2],
    ['--source', 'hook/*', 7],
    ['--source', 'cli', 0],
    ['--session', OTHER, 1],
    ['--session', SESSION.slice(0, 6), 6],
    ['--since', new Date(START + 30_000).toISOString(), 3],
    ['--until', new Date(START + 1_000).toISOString(), 2],
    ['--priority', 'high', 0],
    ['--correlation', 'none', 0],
    ['--limit', '3', 3],
  ])('selects by %s %s', async (flag, value, count) => {
    const folder = await archived();
    const everything = flag === '--limit' ? ['--type', '*'] : [];
    expect(await report(folder, [...everything, flag, value, '--dry-run'])).toMatchObject({
      selected: count,
      queued: 0,
    });
  });

  it.each([[['--type', '*']], [['evt_20261122_100000_0000000000000001']]])(
    'refuses %j: nothing says what for',
    async (args) => {
      const folder = await archived();
      const { status, err } = await runCommand(folder, ['replay', ...args]);
      expect({ status, err }).toEqual({ status: 2, err: expect.stringContaining('--missing') });
      expect(existsSync(`${folder.queue}/pending/8`)).toBe(false);
    },
  );

  it('restores with --missing only what the store never saw', async () => {
    const folder = await archived();
    // the store has one of the seven, the archive the others
    const { events } = await report(folder, ['--type', '*', '--missing', '--verbose']);
    expect(events).toHaveLength(6);
    expect(events).not.toContainEqual(expect.objectContaining({ id: STORED }));
    expect(await report(folder, [STORED, '--missing'])).toMatchObject({ selected: 0 });
  });

  it('takes a day by the local clock', async () => {
    const folder = await archived();
    const local = new Date(START);
    const day = `${local.getFullYear()}-${String(local.getMonth() + 1).padStart(2, '0')}-${String(local.getDate()).padStart(2, '0')}`;
    expect(await report(folder, ['--date', day, '--dry-run'])).toMatchObject({ selected: 7 });
    expect(await report(folder, ['--date', '2020-01-01', '--dry-run'])).toMatchObject({
      selected: 0,
    });
  });

  it('takes events by id, from the store and from the archive', async () => {
    const folder = await archived();
    const ids = ['evt_20261122_100000_0000000000000001', 'evt_20261122_100000_0000000000000007'];
    expect(await report(folder, [...ids, '--again', '--verbose'])).toMatchObject({
      queued: 2,
      events: ids.map((id) => ({ id, replay: expect.stringMatching(/^evt_/) })),
    });
    expect(await runCommand(folder, ['replay', ids[0] ?? '', 'evt_none', '--again'])).toMatchObject(
      {
        status: 1,
        err: expect.stringContaining('evt_none'),
      },
    );
  });

  it('replays to a handler or webhook that there is, and refuses any other name', async () => {
    const folder = await archived();
    await runCommand(folder, ['handlers', 'new', 'notify']);
    await runCommand(folder, ['webhooks', 'add', 'https://ci.example/hook']);
    for (const name of ['notify', 'user/notify', 'ci.example', 'builtin/clean-up'])
      expect(await report(folder, ['--type', '*', '--to', name, '--dry-run'])).toMatchObject({
        selected: 7,
        to: name,
      });
    expect(await runCommand(folder, ['replay', '--type', '*', '--to', 'notfy'])).toMatchObject({
      status: 1,
      out: '',
      err: expect.stringContaining(
        'Cannot find a handler or webhook named notfy; did you mean notify?\n',
      ),
    });
    expect(existsSync(folder.queue)).toBe(false);
  });

  it('does not replay replays', async () => {
    const folder = await archived();
    inStore(folder, (database) =>
      database.exec(
        'UPDATE events SET envelope = json_set(envelope, \'$.metadata\', json(\'{"replay_of":"x"}\'))',
      ),
    );
    expect(await report(folder, ['--type', '*', '--dry-run'])).toMatchObject({ selected: 6 });
  });

  it('reads a truncated archive as far as it can, and says so', async () => {
    const folder = await archived();
    const path = `${archiveFolder(folder)}/2026-11-22.jsonl.gz`;
    truncateSync(path, 100);
    const args = ['replay', '--type', '*', '--again'];
    expect(await runCommand(folder, args, { now: START + DAY })).toEqual({
      status: 0,
      out: '1 event replayed.\n',
      err: `${path} is damaged at byte 0: the file ends within a block. The readable part was used.\n`,
    });
  });

  it.each([
    ['notfiy', 1, 'Cannot find a handler or webhook named notfiy; did you mean notify?'],
    ['user/notifi', 1, 'did you mean user/notify?'],
    ['taem', 1, 'did you mean team?'],
    ['learnin', 1, 'did you mean learning?'],
    ['nobody-at-all', 1, 'Cannot find a handler or webhook named nobody-at-all\n'],
    ['both', 2, 'both may be user/both or webhook/both'],
    ['broken', 1, 'chmod +x'],
  ])('refuses --to %s and queues nothing', async (name, status, said) => {
    const folder = await receivers();
    for (const more of [[], ['--dry-run']])
      expect(
        await runCommand(folder, ['replay', '--type', '*', '--to', name, ...more]),
      ).toMatchObject({ status, out: '', err: expect.stringContaining(said) });
    expect(existsSync(`${folder.queue}/pending/8`)).toBe(false);
  });

  it.each([
    ['notify', 'user/notify'],
    ['user/both', 'user/both'],
    ['team', 'webhook/team'],
    ['builtin/learning', 'builtin/learning'],
  ])('replays to the one that %s means', async (name, whole) => {
    const folder = await receivers();
    await report(folder, ['--type', 'session.ended', '--to', name]);
    expect(queued(folder).map(({ metadata }) => metadata?.tags)).toEqual([[`to:${whole}`]]);
  });
});

describe('waymark events --id', () => {
  it('shows an event that only the archive still has', async () => {
    const folder = await archived();
    const { status, out } = await runCommand(folder, [
      'events',
      '--id',
      'evt_20261122_100000_0000000000000002',
    ]);
    expect({ status, id: JSON.parse(out).event_id }).toEqual({
      status: 0,
      id: 'evt_20261122_100000_0000000000000002',
    });
    expect(await runCommand(folder, ['events', '--id', 'evt_none'])).toMatchObject({ status: 1 });
  });
});

describe('waymark log', () => {
  it('shows events as lines, or as they are', async () => {
    const folder = await archived();
    const { out } = await runCommand(folder, ['log', '--type', 'session.*'], { now: START + DAY });
    expect(out.split('\n').filter((line) => line.includes('session.started'))).toHaveLength(2);
    const json = (await runCommand(folder, ['log', '--json', '--limit', '2'])).out
      .trim()
      .split('\n');
    expect(json.map((line) => JSON.parse(line).event_id)).toHaveLength(2);
    expect((await runCommand(folder, ['log', '--type', 'no.such'])).out).toBe('No events match.\n');
  });
});
