import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { archiveFolder } from '../../../lib/journal/archive/archive-files.ts';
import { openJournal } from '../../../lib/journal/open-journal.ts';
import { sealEvent } from '../../../lib/events/envelope.ts';
import { stampSource } from '../../../lib/events/event-id.ts';
import { parseJsonObject } from '../../../lib/core/json.ts';
import { queueDepth } from '../../../lib/queue/depth.ts';
import { eventApplier } from '../../../lib/store/apply-events.ts';
import type { Database } from '../../../lib/store/database.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { openStore } from '../../../lib/store/open-store.ts';
import { JOURNAL_SETTINGS } from '../../support/test-journal.ts';
import { type BenchHome, benchHome, isNothingHeld, startWorker, until } from '../bench-home.ts';
import type { Bench, Benchmark, Row } from '../benchmark.ts';
import { childEnvironment } from '../children.ts';
import { sampleDraft } from '../programs/sample-drafts.ts';
import { sampleEventPayload } from '../sample-payload.ts';

/** The event log as a worker writes it, and all of it once more. */
export const eventLog: Benchmark = {
  name: 'event-log',
  title: 'How fast events are written to logs and archive, and replayed from there',
  run,
};

const EVENTS = 100_000;
const BATCH = 512;

/** Large, as people have them. */
const LOG_SIZE = 64 * 1024 * 1024;

async function run(bench: Bench): Promise<readonly Row[]> {
  const count = bench.quick ? EVENTS / 20 : EVENTS;
  const home = benchHome(bench);
  const database = openStore(home.folder.store, sqliteDriver(), 'NORMAL');
  fill(bench, database, count);
  const logged = await writing(home, database, { archive: false });
  requireLines(home.folder.log, count);
  const archived = await writing(home, database, { archive: true });
  requireLines(archiveFolder(home.folder), count);
  database.close();
  // As after the loss of a store: the archive has every event, the new store none.
  for (const end of ['', '-wal', '-shm']) rmSync(`${home.folder.store}${end}`, { force: true });
  const worker = await startWorker(bench, home);
  const replayed = await replaying(bench, home, count, ['--missing']);
  const again = await replaying(bench, home, count / 4, ['--again', '--limit', String(count / 4)]);
  await worker.end();
  return [
    {
      what: 'into the log of their category',
      cells: { 'per second': count / logged },
      goals: [{ cell: 'per second', atLeast: 10_000 }],
    },
    { what: 'into the archive', cells: { 'per second': count / archived } },
    {
      what: `replay with --missing: ${count} archived events into an empty store`,
      cells: { 'per second': count / replayed },
      goals: [{ cell: 'per second', atLeast: 5_000 }],
    },
    {
      what: 'replay with --again: effects run once more',
      cells: { 'per second': count / 4 / again },
    },
  ];
}

function fill(bench: Bench, database: Database, count: number): void {
  const payload = sampleEventPayload(bench);
  const apply = eventApplier(database, [], Date.now);
  const nextStamp = stampSource(Date.now);
  for (let from = 0; from < count; from += BATCH)
    apply(
      Array.from({ length: Math.min(BATCH, count - from) }, (_, n) =>
        sealEvent(sampleDraft(payload, from + n), nextStamp(), 'hook/PostToolUse'),
      ),
    );
}

/** @returns seconds until everything is in its files. */
async function writing(
  { folder }: BenchHome,
  database: Database,
  own: { readonly archive: boolean },
): Promise<number> {
  const settings = { ...JOURNAL_SETTINGS, eventLogSize: LOG_SIZE, ...own };
  const journal = openJournal({
    folder,
    settings: () => settings,
    clock: Date.now,
    log: () => undefined,
    database: () => database,
  });
  const began = performance.now();
  while ((await journal.step()) === 0);
  return (performance.now() - began) / 1_000;
}

/** @throws unless the files of this folder hold so many lines. */
function requireLines(folder: string, count: number): void {
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  const lines = files.reduce(
    (sum, name) => sum + readFileSync(`${folder}/${name}`).filter((byte) => byte === 0x0a).length,
    0,
  );
  if (lines !== count) throw new Error(`Of ${count} events ${lines} are in ${folder}`);
}

/** @returns seconds from the command until the worker has finished with all that it queued. */
async function replaying(
  bench: Bench,
  home: BenchHome,
  count: number,
  more: readonly string[],
): Promise<number> {
  const args = [
    `${bench.packageFolder}/dist/waymark.cjs`,
    'replay',
    '--type',
    'checkpoint.*',
    '--json',
    ...more,
  ];
  const began = performance.now();
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    env: childEnvironment(home.environment),
    encoding: 'utf8',
    timeout: 600_000,
  });
  const queued = parseJsonObject(stdout)?.['queued'];
  if (queued !== count)
    throw new Error(`Of ${count} events ${String(queued)} were queued: ${stderr}`);
  await until(
    'the worker has finished',
    () => queueDepth(home.queue).pending === 0 && isNothingHeld(home),
  );
  return (performance.now() - began) / 1_000;
}
