import { mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolveConfig } from '../../lib/config/resolve.ts';
import { DAY_MS, isoTime } from '../../lib/core/clock.ts';
import { runAllSlices } from '../../lib/core/sliced.ts';
import { type StateFolder, stateFolderAt } from '../../lib/core/state-folder.ts';
import { formatBytes } from '../../lib/core/units.ts';
import { listFootprint } from '../../lib/claude/transcript/footprint.ts';
import { openJournal } from '../../lib/journal/open-journal.ts';
import { readSessionTranscripts } from '../../lib/features/operation/read-session.ts';
import { archiveSession } from '../../lib/journal/transcripts/archive-session.ts';
import { bytesByKind } from '../../lib/query/disk-use.ts';
import { executePlan, planCleanUp } from '../../lib/retention/clean-up.ts';
import { buildIndex } from '../../lib/search/build.ts';
import { openIndex } from '../../lib/search/table-file.ts';
import { eventApplier } from '../../lib/store/apply-events.ts';
import type { Database } from '../../lib/store/database.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { vacuumPages } from '../../lib/store/keeper.ts';
import { openStore } from '../../lib/store/open-store.ts';
import { emptyLog } from '../../lib/store/pragmas.ts';
import { EFFECTS } from '../../lib/worker/effects.ts';
import { finishJournal } from '../support/test-journal.ts';
import { seededRandom } from '../support/seeded-random.ts';

/**
 * Months of heavy use, in one process: 200,000 events and 2 GB of transcripts a month, all limits
 * at their defaults, a clean-up every day. Data and budgets are both divided by the scale, so
 * figures times the scale are those of a real year. Prints the sizes at the end of each month.
 *
 *     npx tsx test/bench/year-of-use.ts [SCALE] [MONTHS]
 */
const SCALE = Number(process.argv[2] ?? 100);
const MONTHS = Number(process.argv[3] ?? 15);
const EVENTS = 200_000 / SCALE;
const TRANSCRIPT_BYTES = 2e9 / SCALE;
const SESSIONS = Math.max(6, Math.round(300 / Math.sqrt(SCALE)));
const DAYS = 30;

const root = `${tmpdir()}/waymark-year-${process.pid}`;
const folder = stateFolderAt(`${root}/state`, {}, [`${root}/run`]);
mkdirSync(folder.root, { recursive: true, mode: 0o700 });
const CLIENT = `${root}/claude/projects/-work-shop`;
const random = seededRandom(7);
const { values } = resolveConfig({ environment: {} });
const settings = {
  ...values,
  diskBudget: values.diskBudget / SCALE,
  eventLogBudget: values.eventLogBudget / SCALE,
  eventLogSize: values.eventLogSize / SCALE,
  archiveBudget: values.archiveBudget / SCALE,
  transcriptsBudget: values.transcriptsBudget / SCALE,
};

const WORDS = Array.from({ length: 4_000 }, (_none, index) =>
  ((index * 2_654_435_761) % 4_294_967_296).toString(36).slice(0, 2 + (index % 7)),
);

const KINDS = [
  'store',
  'search',
  'log/events',
  'archive/events',
  'archive/transcripts',
  'throttle',
  'views/resume',
];

async function simulate(): Promise<void> {
  const start = Date.parse('2025-06-01T08:00:00.000Z');
  const database = openStore(folder.store, sqliteDriver(), 'NORMAL');
  let now = start;
  const journal = openJournal({
    folder,
    settings: () => settings,
    clock: () => now,
    log: () => undefined,
    database: () => database,
  });
  console.log(`scale 1:${SCALE}; sizes below are measured and multiplied by ${SCALE}`);
  console.log(
    ['month', ...KINDS, 'whole', 'usage', 'deleted'].map((name) => name.padStart(19)).join(' '),
  );
  for (let month = 1; month <= MONTHS; month += 1) {
    let deleted = 0;
    for (let day = 0; day < DAYS; day += 1) {
      now = start + ((month - 1) * DAYS + day) * DAY_MS;
      await oneDay(database, now, (month - 1) * DAYS + day);
      await finishJournal(journal);
      setTimes(`${folder.root}/log`, now);
      // a few megabytes whatever the scale is: multiplied by it, they would exceed the budget
      emptyLog(database);
      emptyIndexLog();
      const written = Number.MAX_SAFE_INTEGER;
      const plan = runAllSlices(planCleanUp({ folder, database, settings, now, written }));
      deleted += executePlan(database, plan).reduce((sum, { count }) => sum + count, 0);
      while (vacuumPages(database));
    }
    emptyLog(database);
    const usage = rowBytes(database, 'usage');
    const sizes = bytesByKind(folder);
    const whole = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
    const cells = [...KINDS.map((kind) => sizes.get(kind) ?? 0), whole, usage].map((bytes) =>
      formatBytes(bytes * SCALE),
    );
    console.log(
      [String(month), ...cells, String(deleted)].map((cell) => cell.padStart(19)).join(' '),
    );
  }
  database.close();
}

/** What the rows of a table hold, without indexes: of these the store has no figure of its own. */
function rowBytes(database: Database, table: 'usage'): number {
  const row = database
    .prepare(
      `SELECT count(*) * 60 + sum(length(message_id) + length(request_id) + length(session_id)) AS bytes FROM ${table}`,
    )
    .get();
  return Number(row?.['bytes'] ?? 0);
}

/**
 * Some sessions of one day: events through the effects, notes of hooks, a view, a transcript in
 * store, index and archive.
 */
async function oneDay(database: Database, at: number, day: number): Promise<void> {
  const apply = eventApplier(database, EFFECTS, () => at);
  const perDay = Math.round(EVENTS / DAYS);
  const sessions = Math.max(1, Math.round(SESSIONS / DAYS));
  for (let index = 0; index < sessions; index += 1) {
    const id = `${String(day).padStart(8, '0')}-0000-4000-8000-${String(index).padStart(12, '0')}`;
    const count = Math.max(2, Math.round(perDay / sessions));
    apply(
      Array.from({ length: count }, (_none, place) =>
        eventOf(id, at, day * 1e5 + index * 1e4 + place, place),
      ),
    );
    note(
      `${folder.throttle}/${id}`,
      'captured',
      'evt_20261122_100000_0000000000000000\n'.repeat(count),
      at,
    );
    note(`${folder.views}/resume`, `${id}.json`, JSON.stringify({ text: words(600) }), at);
    await archive(database, id, TRANSCRIPT_BYTES / DAYS / sessions, at);
  }
}

function eventOf(session: string, at: number, number: number, place: number) {
  const base = { session_id: session, project: '/work/shop', worktree: '/work/shop' };
  const call = {
    tool: 'Bash',
    target: `npm test -- ${words(60)}`,
    outcome: 'ok',
    tool_use_id: `toolu_${number}`,
  };
  const failed = place % 20 === 5;
  return {
    event_id: `evt_20260101_000000_${number.toString(16).padStart(16, '0')}`,
    event_type: place === 0 ? 'session.started' : failed ? 'task.failed' : 'checkpoint.created',
    timestamp: isoTime(at + place * 1_000),
    source: 'hook/Test',
    payload:
      place === 0
        ? { ...base, reason: 'startup' }
        : failed
          ? { ...base, call: { ...call, outcome: 'failed', error: `Exit code 1\n${words(200)}` } }
          : { ...base, kind: 'auto', saved_by: 'hook/PostToolUse', operation_count: place, call },
  };
}

/**
 * A transcript with what real ones have for each 12 kB: a call with its usage and a result of 10
 * kB, and at every fourth a prompt or an answer. It is read into the store and the search index and
 * archived, as the worker does; the client's own file goes at once, to save room.
 */
async function archive(database: Database, session: string, bytes: number, at: number) {
  mkdirSync(CLIENT, { recursive: true });
  const path = `${CLIENT}/${session}.jsonl`;
  let text = '';
  for (let call = 0; text.length < bytes; call += 1)
    text += linesOfCall(`${session}-${call}`, call, isoTime(at + call * 1_000));
  writeFileSync(path, text);
  utimesSync(path, at / 1000, at / 1000);
  database.prepare('UPDATE sessions SET transcript_path = ? WHERE id = ?').run(path, session);
  while (readSessionTranscripts(database, session, { now: at + DAY_MS, maxChunks: 100 }).more);
  await index(database);
  const footprint = listFootprint(path, session);
  if (footprint === undefined) throw new Error('no footprint');
  runAllSlices(
    archiveSession(footprint, { archive: folder.archive, isClosed: true, clock: () => at }),
  );
  setTimes(`${folder.archive}/transcripts/${session}`, at);
  rmSync(path);
}

function linesOfCall(id: string, call: number, timestamp: string): string {
  const usage = { input_tokens: 6, output_tokens: 300, cache_read_input_tokens: 60_000 };
  const line = (type: string, message: object): string =>
    `${JSON.stringify({ type, uuid: words(36), timestamp, message: { role: type, ...message } })}\n`;
  const answer = (suffix: string, block: object): string =>
    line('assistant', {
      ...{ id: `msg_${id}${suffix}`, model: 'claude-opus-4-8', usage },
      content: [block],
    });
  const said =
    call % 4 > 0
      ? ''
      : call % 12 === 0
        ? line('user', { content: words(300) })
        : answer('t', { type: 'text', text: words(800) });
  const tool_use_id = `toolu_t${id}`;
  const input = { command: `npm test -- ${words(60)}` };
  return [
    said,
    answer('', { type: 'tool_use', id: tool_use_id, name: 'Bash', input }),
    line('user', { content: [{ type: 'tool_result', tool_use_id, content: words(10_000) }] }),
  ].join('');
}

function emptyIndexLog(): void {
  const search = openIndex(folder.search, sqliteDriver());
  emptyLog(search);
  search.close();
}

async function index(database: Database): Promise<void> {
  const search = openIndex(folder.search, sqliteDriver());
  try {
    await buildIndex({
      ...{ store: database, index: search, archive: folder.archive },
      canContinue: () => true,
    });
  } finally {
    search.close();
  }
}

/** Half of the words repeat, half are new, as in code and prose. */
function words(length: number): string {
  let text = '';
  while (text.length < length) text += `${WORDS[Math.floor(random() * WORDS.length)] ?? ''} `;
  return text.slice(0, length);
}

function note(place: string, name: string, content: string, at: number): void {
  mkdirSync(place, { recursive: true });
  writeFileSync(`${place}/${name}`, content);
  setTimes(place, at);
}

/** Files of today in the simulation have its time, not that of the machine. */
function setTimes(place: StateFolder['root'], at: number): void {
  for (const name of readdirSync(place)) {
    const path = `${place}/${name}`;
    if (statSync(path).mtimeMs > at + DAY_MS) utimesSync(path, at / 1000, at / 1000);
  }
  utimesSync(place, at / 1000, at / 1000);
}

try {
  await simulate();
} finally {
  rmSync(root, { recursive: true, force: true });
}
