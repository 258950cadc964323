import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { reasonOf } from '../../lib/core/errors.ts';
import { eventId, randomPart } from '../../lib/events/event-id.ts';
import { parseJsonObject, stringField } from '../../lib/core/json.ts';
import type { StateFolder } from '../../lib/core/state-folder.ts';
import { buildLedger } from '../../lib/ledger/ledger.ts';
import { type EntryName, parseDelayedName, parseEntryName } from '../../lib/queue/entry-name.ts';
import { PRIORITIES, queueFolder } from '../../lib/queue/queue-folder.ts';
import { listRecoveryFolders } from '../../lib/queue/recovery-folder.ts';
import type { Database } from '../../lib/store/database.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { schemaVersion } from '../../lib/store/schema-version.ts';
import { openStoreForReading } from '../../lib/store/open-store.ts';
import { namesIn } from '../support/test-home.ts';

/** A run that is over, and what must be true of it. */
export interface FinishedRun {
  readonly folder: StateFolder;
  /** Ids of events whose enqueueing was acknowledged. */
  readonly acknowledged: readonly string[];
  /** Ids that rightly ended in dead/. */
  readonly dead?: readonly string[];
  /** Workers that are still alive: their pipes exist, and they keep what they hold. */
  readonly living?: readonly string[];
  /** Ids that those hold. */
  readonly held?: readonly string[];
  /** `false` while entries may still wait. */
  readonly isDrained?: boolean;
  readonly maxAttempts?: number;
  /** Most entries that may wait. */
  readonly maxWaiting?: number;
  /**
   * One worker, a clock that only went forward, nothing tried twice: the order of making is kept.
   */
  readonly isOrdered?: boolean;
}

interface Seen {
  readonly place: 'pending' | 'delayed' | 'processing' | 'dead' | 'recovery';
  readonly path: string;
  readonly name: EntryName;
  readonly worker?: string;
}

/**
 * Every invariant of the queue that this run broke and that can be seen from outside, one line
 * each: `I3: …`.
 */
export function violations(run: FinishedRun): readonly string[] {
  const seen = everyEntry(run.folder);
  const inStore =
    withStore(run.folder, (store) => storeViolations(run, seen, store)) ?? storeless(run, seen);
  return [
    ...inStore,
    ...contentViolations(seen),
    ...attemptViolations(run, seen),
    ...deadViolations(run, seen),
    ...leftovers(run, seen),
    ...processes(run),
  ];
}

/** I9: what a hook may do whatever breaks. */
export function hookViolations({
  status,
  stdout,
  stderr,
}: {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}): readonly string[] {
  const said = stdout === '' ? {} : parseJsonObject(stdout);
  const isPlain = said !== undefined && Object.keys(said).every((key) => key === 'systemMessage');
  return [
    ...(status === 0 ? [] : [`I9: a hook ended with ${status ?? 'a signal'}`]),
    ...(isPlain ? [] : [`I9: a hook printed ${stdout}`]),
    ...(stderr === '' ? [] : [`I9: a hook wrote to standard error: ${stderr}`]),
  ];
}

function storeViolations(
  run: FinishedRun,
  seen: readonly Seen[],
  store: Database,
): readonly string[] {
  const stored = new Set(
    store
      .prepare('SELECT id FROM events UNION SELECT id FROM tombstones')
      .all()
      .map((row) => String(row['id'])),
  );
  const { missing } = buildLedger(run.folder, store, Date.now());
  return [
    ...placeViolations(run, seen, stored),
    ...missing.map((id) => `I1: ${id} was noted as captured and is nowhere`),
    ...effectViolations(store),
    ...(run.isOrdered === true ? orderViolations(store) : []),
    ...integrity(store),
  ];
}

function storeless(run: FinishedRun, seen: readonly Seen[]): readonly string[] {
  return placeViolations(run, seen, new Set());
}

/** I1, I3, I4, I7: each acknowledged event in one place, each file with one holder. */
function placeViolations(
  run: FinishedRun,
  seen: readonly Seen[],
  stored: ReadonlySet<string>,
): readonly string[] {
  const places = new Map<string, Seen[]>();
  for (const entry of seen)
    places.set(entry.name.random, [...(places.get(entry.name.random) ?? []), entry]);
  const of = (id: string): readonly Seen[] => places.get(randomPart(id) ?? id) ?? [];
  const found: string[] = [];
  for (const id of new Set(run.acknowledged)) {
    if (of(id).length === 0 && !stored.has(id))
      found.push(`I1: ${id} was acknowledged and is nowhere`);
  }
  for (const entries of places.values()) {
    const holders = entries.filter(({ place }) => place === 'processing');
    if (holders.length > 1)
      found.push(`I4: two workers hold one entry: ${holders.map(({ path }) => path).join(', ')}`);
    else if (entries.length > 1)
      found.push(`I1: one entry in two places: ${entries.map(({ path }) => path).join(', ')}`);
    const settled = entries.filter(({ place }) => place === 'dead' || run.isDrained !== false);
    for (const { name, path } of settled)
      if (stored.has(eventId(name))) found.push(`I1: stored, and still there: ${path}`);
  }
  for (const id of run.held ?? []) {
    if (!of(id).some(({ worker }) => worker !== undefined && run.living?.includes(worker)))
      found.push(`I7: ${id} was taken from the living worker that held it`);
  }
  return found;
}

/** I3: as many effects as events. */
function effectViolations(store: Database): readonly string[] {
  const pairs = [
    [
      'prompts counted',
      'SELECT count(*) AS n FROM prompts',
      "session_id IS NOT NULL AND type = 'session.prompt_submitted'",
    ],
    [
      'checkpoints',
      'SELECT count(*) AS n FROM checkpoints',
      "session_id IS NOT NULL AND type = 'checkpoint.created'",
    ],
    ['failures', 'SELECT count(*) AS n FROM failures', "type = 'task.failed'"],
  ] as const;
  return pairs.flatMap(([what, effects, events]) => {
    const made = Number(store.prepare(effects).get()?.['n']);
    const wanted = Number(
      store.prepare(`SELECT count(*) AS n FROM events WHERE ${events}`).get()?.['n'],
    );
    return made === wanted ? [] : [`I3: ${made} ${what} for ${wanted} events`];
  });
}

/** I11: what one maker made for one session is stored in the order of its making. */
function orderViolations(store: Database): readonly string[] {
  const rows = store
    .prepare(
      "SELECT id, at, session_id FROM events WHERE session_id IS NOT NULL AND type = 'session.prompt_submitted' ORDER BY seq",
    )
    .all();
  const latest = new Map<string, number>();
  return rows.flatMap((row) => {
    const session = String(row['session_id']);
    const at = Number(row['at']);
    const isLate = at < (latest.get(session) ?? 0);
    latest.set(session, Math.max(at, latest.get(session) ?? 0));
    return isLate ? [`I11: ${String(row['id'])} was stored after a younger one`] : [];
  });
}

/** I15. */
function integrity(store: Database): readonly string[] {
  const answer = store
    .prepare('PRAGMA integrity_check')
    .all()
    .map((row) => String(row['integrity_check']));
  return answer.join() === 'ok'
    ? []
    : [`I15: integrity_check says ${answer.join('; ').slice(0, 300)}`];
}

/** I2: no entry that a reader can meet is half. */
function contentViolations(seen: readonly Seen[]): readonly string[] {
  const readable = seen.filter(({ place }) => place !== 'dead');
  return readable.flatMap(({ path, name }) => {
    const event = parseJsonObject(readFileSync(path, 'utf8'));
    if (event === undefined) return [`I2: ${path} is not whole`];
    const id = stringField(event, 'event_id');
    return id === undefined || id === eventId(name) ? [] : [`I2: ${path} holds ${id}`];
  });
}

/** I5, I16. */
function attemptViolations(
  { maxAttempts = 5, maxWaiting }: FinishedRun,
  seen: readonly Seen[],
): readonly string[] {
  const over = seen
    .filter(({ name }) => name.attempts > maxAttempts + 1)
    .map(({ path }) => `I5: more attempts than are allowed: ${path}`);
  const waiting = seen.filter(({ place }) => place === 'pending').length;
  return waiting > (maxWaiting ?? Number.POSITIVE_INFINITY)
    ? [...over, `I16: ${waiting} entries wait, ${maxWaiting} may`]
    : over;
}

/** I10: nothing ends in dead/ that should not, and nothing without its reason. */
function deadViolations(
  { folder, dead = [] }: FinishedRun,
  seen: readonly Seen[],
): readonly string[] {
  const queue = queueFolder(folder.queue);
  const entries = seen.filter(({ place }) => place === 'dead');
  const unexpected = entries
    .filter(({ name }) => !dead.includes(eventId(name)))
    .map(({ path }) => `I10: in dead/ without being bad: ${path} ${reasonBeside(path)}`);
  const missing = dead
    .filter((id) => !entries.some(({ name }) => eventId(name) === id))
    .map((id) => `I10: ${id} is bad and not in dead/`);
  const wordless = namesIn(queue.dead).filter(
    (file) => !file.endsWith('.reason') && reasonBeside(`${queue.dead}/${file}`) === '',
  );
  return [
    ...unexpected,
    ...missing,
    ...wordless.map((file) => `I10: dead without a reason: ${file}`),
  ];
}

function reasonBeside(path: string): string {
  try {
    return (
      stringField(parseJsonObject(readFileSync(`${path}.reason`, 'utf8')) ?? {}, 'reason') ?? ''
    );
  } catch {
    return '';
  }
}

/** I6, I13: what a quiet system must not hold. */
function leftovers(
  { folder, living = [], isDrained = true }: FinishedRun,
  seen: readonly Seen[],
): readonly string[] {
  const queue = queueFolder(folder.queue);
  const waiting = seen.filter(
    ({ place, worker }) => place !== 'dead' && !(worker !== undefined && living.includes(worker)),
  );
  const strangers = namesIn(queue.pending).filter(
    (file) => !PRIORITIES.some((priority) => String(priority) === file),
  );
  const others = listFilesBelow(folder.root).filter((path) =>
    isLeftover(path.slice(folder.root.length + 1), path, living),
  );
  const kept = listRecoveryFolders(folder.recovery).flatMap((path) =>
    namesIn(`${path}/tmp`).map((file) => `${path}/tmp/${file}`),
  );
  return [
    ...(isDrained ? [...waiting.map(({ path }) => path), ...strangers] : []).map(
      (path) => `I6: not drained: ${path}`,
    ),
    ...[...others, ...kept].map((path) => `I13: left behind: ${path}`),
  ];
}

/** Drafts, pipes, heartbeats and folders of workers that are gone. */
function isLeftover(name: string, path: string, living: readonly string[]): boolean {
  const [room = '', ...rest] = name.split('/');
  const isTheirs = living.some(
    (worker) => rest.includes(worker) || rest.includes(`${worker}.json`) || rest.at(-2) === worker,
  );
  if (isTheirs) return false;
  if (name.startsWith('queue/tmp/') || name.startsWith('queue/processing/')) return true;
  if (room === 'wake') return !/^\.start-\d+$/.test(rest.join('/'));
  if (room === 'heartbeat') return true;
  if (room === 'throttle' && /^(?:due|since)\./.test(rest.at(-1) ?? '')) return true;
  return lstatSync(path).isFIFO() || /\.\d{5,10}$/.test(name) || name.endsWith('-journal');
}

/** I13: no process works on this folder any more. */
function processes({ folder, living = [] }: FinishedRun): readonly string[] {
  if (living.length > 0) return [];
  return namesIn('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .filter((pid) =>
      `${textOf(`/proc/${pid}/environ`)}\0${textOf(`/proc/${pid}/cmdline`)}`.includes(folder.root),
    )
    .map(
      (pid) =>
        `I13: process ${pid} still runs: ${textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').slice(0, 200)}`,
    );
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it has just ended, or is not ours to look at
  }
}

function everyEntry(folder: StateFolder): readonly Seen[] {
  const queue = queueFolder(folder.queue);
  const plain = (place: Seen['place'], path: string, worker?: string): readonly Seen[] =>
    namesIn(path).flatMap((file) => {
      const name = parseEntryName(file);
      return name === undefined
        ? []
        : [{ place, path: `${path}/${file}`, name, ...(worker === undefined ? {} : { worker }) }];
    });
  const delayed = namesIn(queue.delayed).flatMap((file): Seen[] => {
    const name = parseDelayedName(file)?.name;
    return name === undefined ? [] : [{ place: 'delayed', path: `${queue.delayed}/${file}`, name }];
  });
  const recovered = listRecoveryFolders(folder.recovery).flatMap((path) =>
    namesIn(path).flatMap((file): Seen[] => {
      const name = parseEntryName(file.replace(/\.kept$/, ''));
      const isKept = name !== undefined && file.endsWith('.kept');
      return isKept ? [{ place: 'recovery', path: `${path}/${file}`, name }] : [];
    }),
  );
  return [
    ...PRIORITIES.flatMap((priority) => plain('pending', `${queue.pending}/${priority}`)),
    ...delayed,
    ...namesIn(queue.processing).flatMap((worker) =>
      plain('processing', `${queue.processing}/${worker}`, worker),
    ),
    ...plain('dead', queue.dead),
    ...recovered,
  ];
}

function listFilesBelow(root: string): readonly string[] {
  const found: string[] = [];
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    const path = `${root}/${entry.name}`;
    if (entry.isDirectory()) {
      found.push(...listFilesBelow(path));
      if (root.endsWith('/queue/processing')) found.push(path); // a worker's folder goes with it
    } else found.push(path);
  }
  return found;
}

function withStore(
  folder: StateFolder,
  look: (store: Database) => readonly string[],
): readonly string[] | undefined {
  const store = openStoreForReading(folder.store, sqliteDriver());
  if (store === undefined) return undefined;
  try {
    store.exec('PRAGMA busy_timeout = 2000');
    return schemaVersion(store) === 0 ? undefined : look(store);
  } catch (error) {
    return [`I15: the store cannot be read: ${reasonOf(error)}`];
  } finally {
    store.close();
  }
}
