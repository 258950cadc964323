import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { listFootprint } from '../../../../lib/claude/transcript/footprint.ts';
import { DAY_MS } from '../../../../lib/core/clock.ts';
import { runAllSlices } from '../../../../lib/core/sliced.ts';
import { type StateFolder, stateFolderAt } from '../../../../lib/core/state-folder.ts';
import { archiveSession } from '../../../../lib/journal/transcripts/archive-session.ts';
import { makeQueueFolder, queueFolder } from '../../../../lib/queue/queue-folder.ts';
import { isForgotten } from '../../../../lib/store/forgotten.ts';
import {
  conversationEvents,
  TOLD_SESSION,
  writeConversation,
} from '../../../support/demo-conversation.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { finishJournal, openTestJournal } from '../../../support/test-journal.ts';
import {
  inStore,
  openPreparedStore,
  preparedStore,
  prepareStore,
  SESSION,
  START,
  twoSessions,
} from '../prepared-store.ts';
import { type CommandResult, runCommand } from '../run-command.ts';

const WORDS = 'invoices come out a cent short';

interface Place {
  readonly folder: StateFolder;
  readonly transcript: string;
}

/** A state folder in which everything that waymark keeps names the session. */
async function placeFullOfTraces(): Promise<Place> {
  const root = tempFolder();
  const folder = stateFolderAt(`${root}/state`, {}, [`${root}/run`]);
  const transcript = writeConversation(folder);
  prepareStore(folder, [...conversationEvents(transcript), ...twoSessions()]);
  await archiveEvents(folder);
  runAllSlices(
    archiveSession(
      listFootprint(transcript, TOLD_SESSION) ?? { session: '', base: '', paths: [] },
      {
        archive: folder.archive,
        isClosed: true,
        clock: () => START,
      },
    ),
  );
  await runCommand(folder, ['search', '--rebuild']);
  mkdirSync(`${folder.throttle}/${TOLD_SESSION}`, { recursive: true });
  writeFileSync(`${folder.throttle}/${TOLD_SESSION}/ops`, '..');
  mkdirSync(`${folder.views}/resume`, { recursive: true });
  writeFileSync(`${folder.views}/resume/${TOLD_SESSION}.json`, `{"text":"${WORDS}"}`);
  mkdirSync(`${folder.views}/resume/by-project`);
  writeFileSync(`${folder.views}/resume/by-project/d65066d7.json`, `{"last":"${TOLD_SESSION}"}`);
  const queue = queueFolder(folder.queue);
  makeQueueFolder(queue);
  writeFileSync(
    `${queue.pending}/3/3_${START}_00000000000000f1.a0.json`,
    entryOf('00000000000000f1'),
  );
  appendFileSync(`${folder.log}/worker.log`, `one line\nread ${TOLD_SESSION}\n`);
  return { folder, transcript };
}

/** One day compressed, one that is being written. */
async function archiveEvents(folder: StateFolder): Promise<void> {
  const database = openPreparedStore(folder);
  let now = START;
  const journal = openTestJournal(folder, () => now, database);
  await finishJournal(journal);
  now += DAY_MS;
  await finishJournal(journal);
  database.close();
  prepareStore(
    folder,
    [
      ['custom.made', 5, { session_id: TOLD_SESSION, text: WORDS }],
      ['custom.made', 6, { session_id: SESSION }],
    ],
    900,
  );
  const again = openPreparedStore(folder);
  await finishJournal(openTestJournal(folder, () => now, again));
  again.close();
}

function entryOf(random: string): string {
  return JSON.stringify({
    event_id: `evt_20261122_100000_${random}`,
    event_type: 'custom.made',
    timestamp: '2026-11-22T10:00:00.000Z',
    source: 'test',
    payload: { session_id: TOLD_SESSION, text: WORDS },
  });
}

/** Files below a folder whose name or content, unpacked, has a text. */
function filesWith(root: string, text: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const path = `${root}/${name}`;
    if (!statSync(path).isFile()) return name.includes(text);
    const bytes = readFileSync(path);
    return name.includes(text) || (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).includes(text);
  });
}

function forget(folder: StateFolder, ...args: readonly string[]): Promise<CommandResult> {
  return runCommand(folder, ['forget', ...args], { now: START + DAY_MS });
}

describe('waymark forget', () => {
  it('leaves no file that names the session or has its words, and all of the others', {
    timeout: 30_000,
  }, async () => {
    const { folder, transcript } = await placeFullOfTraces();
    const kinds = new Set(
      filesWith(folder.root, TOLD_SESSION).map((name) =>
        (name.split('/')[0] ?? '').replace(/-wal$/, ''),
      ),
    );
    expect([...kinds].toSorted()).toEqual([
      'archive',
      'log',
      'queue',
      'search.db',
      'throttle',
      'views',
      'waymark.db',
    ]);
    const { status, out } = await forget(folder, TOLD_SESSION.slice(0, 8), '--yes');
    expect(status).toBe(0);
    expect(out).toContain('none names these sessions');
    expect(out).toContain('Claude Code still has 2 files of it');
    expect(filesWith(folder.root, TOLD_SESSION)).toEqual([]);
    expect(filesWith(folder.root, WORDS)).toEqual([]);
    expect(existsSync(transcript)).toBe(true);
    expect(filesWith(folder.root, SESSION).length).toBeGreaterThan(3);
    const { out: events } = await runCommand(folder, ['events', '--json']);
    expect(events).toContain(SESSION);
  });

  it('keeps what is appended to logs and archive in order', { timeout: 30_000 }, async () => {
    const { folder } = await placeFullOfTraces();
    await forget(folder, TOLD_SESSION, '--yes');
    prepareStore(folder, [['custom.made', 7, { session_id: SESSION }]], 950);
    const said: string[] = [];
    const database = openPreparedStore(folder);
    const log = (_level: string, code: string): void => void said.push(code);
    await finishJournal(openTestJournal(folder, () => START + DAY_MS, database, { log }));
    database.close();
    expect(said).toEqual([]);
    const lines = filesWith(`${folder.archive}/events`, '0000000000000950');
    expect(lines).toHaveLength(1);
    const found = await runCommand(folder, [
      'replay',
      'evt_20261122_100000_0000000000000005',
      '--dry-run',
    ]);
    // an event of another session, in the day that was compressed anew
    expect(found.status).toBe(0);
  });

  it('lets nothing of it come back', async () => {
    const { folder, transcript } = await placeFullOfTraces();
    await forget(folder, TOLD_SESSION, '--yes');
    const from = transcript.slice(0, transcript.indexOf('/projects/'));
    await runCommand(folder, ['import', '--from', from, '--json']);
    const queue = queueFolder(folder.queue);
    writeFileSync(
      `${queue.pending}/3/3_${START}_00000000000000f2.a0.json`,
      entryOf('00000000000000f2'),
    );
    await runCommand(folder, ['worker', '--once']);
    expect(filesWith(folder.root, TOLD_SESSION)).toEqual([]);
    expect(inStore(folder, (database) => isForgotten(database, TOLD_SESSION))).toBe(true);
    const again = await forget(folder, TOLD_SESSION, '--yes');
    expect(again).toMatchObject({ status: 0, err: '' });
  });

  it('deletes files of the client on request only', async () => {
    const { folder, transcript } = await placeFullOfTraces();
    const { status, out } = await forget(folder, TOLD_SESSION, '--yes', '--client-files', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ clientFiles: 2, clientFilesLeft: [], left: [] });
    expect(existsSync(transcript)).toBe(false);
    expect(existsSync(transcript.replace('.jsonl', ''))).toBe(false);
  });

  it('forgets in bulk, by project and age', async () => {
    const { folder } = await placeFullOfTraces();
    const { out } = await forget(
      folder,
      '--project',
      '/work/shop',
      '--before',
      '2026-11-23',
      '--dry-run',
      '--json',
    );
    expect(JSON.parse(out)).toMatchObject({ sessions: [{ id: SESSION }, {}], dryRun: true });
    expect((await forget(folder, '--project', '/work/shop', '--yes')).out).toContain(
      'Forgot 2 sessions',
    );
    expect(filesWith(folder.root, SESSION)).toEqual([]);
    expect(filesWith(folder.root, TOLD_SESSION)).not.toEqual([]);
  });

  it.each([
    [[], 'none is named'],
    [['last'], 'it may name another session later'],
    [
      ['aaaa', '--project', '/x'],
      'Cannot use ids with --project or --before: each chooses sessions',
    ],
    [['zzzz'], 'no id begins with zzzz'],
    [[SESSION], 'this is not a terminal, so it cannot ask'],
  ])('forgets nothing for %j', async (args, why) => {
    const folder = preparedStore();
    const { status, err } = await forget(folder, ...args);
    expect(status).toBeGreaterThan(0);
    expect(err).toContain(why);
    expect(filesWith(folder.root, SESSION)).not.toEqual([]);
  });

  it('leaves a session that runs', async () => {
    const folder = preparedStore();
    const running = await runCommand(folder, ['forget', 'aaaa2222', '--yes'], {
      now: START + 50_000,
    });
    expect(running.err).toContain('it is still running');
  });

  it('names what it cannot delete', async () => {
    const { folder } = await placeFullOfTraces();
    writeFileSync(`${folder.log}/mine.log`, `a program of mine says ${TOLD_SESSION}\n`);
    const { status, err } = await forget(folder, TOLD_SESSION, '--yes');
    expect(status).toBe(1);
    expect(err).toMatch(/^Still named in .*mine\.log: cccc3333/);
  });
});
