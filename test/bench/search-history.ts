import { mkdirSync, writeFileSync } from 'node:fs';
import type { StateFolder } from '../../lib/core/state-folder.ts';
import { registerSession, keepFile, saveSessionSign } from '../../lib/search/table-sessions.ts';
import { mergePart, listParts, findUnmergedPart } from '../../lib/search/table-words.ts';
import { openIndex } from '../../lib/search/table-file.ts';
import { addDocuments, type IndexDocument } from '../../lib/search/write.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { vacuumPages } from '../../lib/store/keeper.ts';
import { emptyLog } from '../../lib/store/pragmas.ts';
import { openStore } from '../../lib/store/open-store.ts';
import { inTransaction } from '../../lib/store/transaction.ts';
import type { Database } from '../../lib/store/database.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { TextSource } from './search-text.ts';

export interface HistoryFigures {
  readonly textBytes: number;
  readonly documents: number;
  /** Of this process alone. */
  readonly indexMs: number;
  /** Words by how often they are, for queries. */
  readonly prose: readonly string[];
  readonly code: readonly string[];
  /** Pieces of messages, for phrases. */
  readonly samples: readonly string[];
}

export interface HistorySize {
  readonly operations: number;
  readonly messages: number;
  /** Only the first of its sessions, as a part of all. */
  readonly share: number;
  readonly now: number;
  readonly say: (line: string) => void;
}

export const YEARS_MS = 2 * 365 * 86_400_000;
const SESSION_PLACES = 1_100;
const LINE_BREAK = ['\n', ' ', ' ', ' ', ', ', '. ', ' '];
const CODE_BREAK = ['\n  ', ' ', '(', ') ', '.', ': ', ' = ', '/', ', ', ' { ', ';\n'];

/**
 * Sessions that are written in one transaction: the history is to be there soon, nobody waits for
 * one of its sessions.
 */
const SESSIONS_AT_ONCE = 20;

/** Makes two years of sessions: rows in the store, and transcripts with what calls printed. */
export function fillStore(folder: StateFolder, size: HistorySize): void {
  const store = openStore(folder.store, sqliteDriver(), 'NORMAL');
  store.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -64000');
  for (const trigger of ['call_is_new', 'call_has_changed']) store.exec(`DROP TRIGGER ${trigger}`);
  mkdirSync(`${folder.root}/projects`, { recursive: true });
  for (const some of sessionsAtOnce(newSource(folder, size))) {
    for (const made of some) writeFileSync(made.path, made.lines.join(''));
    inTransaction(store, () => {
      for (const made of some) storeSession(store, made);
    });
  }
  store.close();
}

/** Makes the index of the same sessions, as the worker does. */
export function fillIndex(folder: StateFolder, size: HistorySize): HistoryFigures {
  const index = openIndex(folder.search, sqliteDriver());
  const source = newSource(folder, size);
  let [textBytes, indexMs, documents] = [0, 0, 0];
  const samples: string[] = [];
  for (const some of sessionsAtOnce(source)) {
    for (const made of some) {
      textBytes += made.bytes;
      documents += made.documents.length;
    }
    samples.push(...(some[0]?.sample === undefined ? [] : [some[0].sample]));
    const start = process.cpuUsage();
    inTransaction(index, () => {
      for (const made of some) indexMade(index, made);
    });
    tidy(index, listParts(index)[0] ?? 0);
    indexMs += cpuMs(start);
  }
  const start = process.cpuUsage();
  tidy(index, Number.MAX_SAFE_INTEGER);
  while (vacuumPages(index));
  emptyLog(index);
  indexMs += cpuMs(start);
  index.close();
  const words = (text: TextSource): readonly string[] => text.words.slice(0, 60_000);
  return {
    ...{ textBytes, documents, indexMs, samples },
    ...{ prose: words(source.prose), code: words(source.code) },
  };
}

function newSource(folder: StateFolder, size: HistorySize): Source {
  const random = seededRandom(42);
  const prose = new TextSource(random, { words: 60_000, units: 16e6 }, LINE_BREAK, 'prose');
  const code = new TextSource(random, { words: 200_000, units: 48e6 }, CODE_BREAK, 'code');
  return { folder, random, prose, code, size, total: size.operations + size.messages };
}

/** The same sessions each time, as they depend on a seed alone. */
function* sessionsAtOnce(source: Source): Generator<readonly Made[]> {
  const { total, size } = source;
  const count = Math.max(1, Math.ceil((size.share * total) / SESSION_PLACES));
  for (let first = 0; first < count; first += SESSIONS_AT_ONCE) {
    const last = Math.min(count, first + SESSIONS_AT_ONCE);
    yield Array.from({ length: last - first }, (_, n) => {
      const places = Math.min(SESSION_PLACES, total - (first + n) * SESSION_PLACES);
      return makeSession(source, first + n, places);
    });
    if (first % (5 * SESSIONS_AT_ONCE) === 0) size.say(`${last} of ${count} sessions`);
  }
}

/** As the worker does with parts that are over. */
function tidy(index: Database, before: number): void {
  for (;;) {
    const part = findUnmergedPart(index, before);
    if (part === undefined) return;
    while (inTransaction(index, () => mergePart(index, part)));
  }
}

/** The machine may have other work: the time of this process alone is counted. */
function cpuMs(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

interface Source {
  readonly folder: StateFolder;
  readonly random: () => number;
  readonly prose: TextSource;
  readonly code: TextSource;
  readonly size: HistorySize;
  readonly total: number;
}

interface Made {
  readonly id: string;
  readonly project: string;
  readonly path: string;
  readonly from: number;
  readonly to: number;
  readonly documents: readonly IndexDocument[];
  /** Of its transcript. */
  readonly lines: readonly string[];
  readonly bytes: number;
  readonly sample: string | undefined;
}

function makeSession(source: Source, session: number, places: number): Made {
  const { folder, random, size, total } = source;
  const step = YEARS_MS / total;
  const id = `${hex(random, 8)}-0000-4000-8000-${String(session).padStart(12, '0')}`;
  const path = `${folder.root}/projects/${id}.jsonl`;
  const from = size.now - YEARS_MS + session * SESSION_PLACES * step;
  let offset = 0;
  let bytes = 0;
  const lines: string[] = [];
  const documents = Array.from({ length: places }, (_, n): IndexDocument => {
    const at = Math.floor(from + n * step);
    const isMessage = random() < size.messages / total;
    const made = isMessage ? messageOf(source, at) : callOf(source, at);
    bytes += Buffer.byteLength(`${made.main}${made.error ?? ''}${made.output ?? ''}`);
    const result = made.output ?? made.error ?? '';
    if (isMessage || result === '') return made;
    const line = `${JSON.stringify({
      type: 'user',
      message: {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: made.ref, content: result }],
      },
      timestamp: new Date(at).toISOString(),
    })}\n`;
    lines.push(line);
    const here = offset;
    offset += Buffer.byteLength(line);
    return { ...made, line: { file: 1, offset: here } };
  });
  const sample = documents.find(({ kind }) => kind === 'prompt')?.main;
  const project = `/home/dev/work/project-${session % 37}`;
  return {
    id,
    project,
    path,
    from: Math.floor(from),
    to: Math.floor(from + places * step),
    documents,
    lines,
    bytes,
    sample,
  };
}

function messageOf({ random, prose }: Source, at: number): IndexDocument {
  const isPrompt = random() < 0.3;
  const units = Math.floor(40 + -Math.log(random()) * (isPrompt ? 200 : 700));
  return {
    kind: isPrompt ? 'prompt' : 'answer',
    ref: `msg_${hex(random, 20)}`,
    at,
    main: prose.cut(units),
  };
}

function callOf({ random, prose, code }: Source, at: number): IndexDocument {
  const ref = `toolu_01${hex(random, 22)}`;
  const isFile = random() < 0.5;
  const main = isFile
    ? `/home/dev/work/project-${Math.floor(random() * 37)}/src/${code.wordAt(random() * 500)}/${code.wordAt(random() ** 2 * 40_000)}.ts`
    : `${prose.wordAt(random() * 30)} ${code.cut(Math.floor(20 - Math.log(random()) * 70))}`;
  const hasFailed = random() < 0.05;
  const units = Math.min(2_000, Math.floor(-Math.log(random()) * 700));
  const result = `${code.cut(units)}${random() < 0.3 ? ` ${hex(random, 40)}` : ''}`;
  const kind = isFile ? 'file' : 'command';
  return {
    kind,
    ref,
    at,
    main,
    hasFailed,
    ...(hasFailed ? { error: result.slice(0, 300) } : { output: result }),
  };
}

function storeSession(store: Database, { id, project, path, from, to, documents }: Made): void {
  store
    .prepare(
      'INSERT INTO sessions (id, project, transcript_path, first_event_at, last_event_at) VALUES (?, ?, ?, ?, ?)',
    )
    .run(id, project, path, from, to);
  const call = store.prepare(
    `INSERT INTO operations (tool_use_id, claimed_since, claimed_session, at, call_tool, call_target, transcript_at, transcript_outcome, transcript_error)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const message = store.prepare(
    'INSERT INTO messages (session_id, id, role, at, text, length) VALUES (?, ?, ?, ?, ?, ?)',
  );
  for (const { kind, ref, at, main, error, hasFailed } of documents) {
    if (kind === 'prompt' || kind === 'answer')
      message.run(id, ref, kind, at, main.slice(0, 2_000), main.length);
    else
      call.run(
        ...[ref, from, id, at, kind === 'file' ? 'Read' : 'Bash', main, at],
        ...[hasFailed === true ? 'failed' : 'ok', error ?? null],
      );
  }
}

function indexMade(index: Database, { id, project, path, to, documents }: Made): void {
  const session = registerSession(index, id, { project, worktree: '' });
  const file = keepFile(index, path, session.num, { inode: '1', offset: 0, tailHash: '' });
  addDocuments(
    index,
    session,
    documents.map((one) =>
      one.line === undefined ? one : { ...one, line: { file, offset: one.line.offset } },
    ),
  );
  saveSessionSign(index, session.num, String(to));
}

function hex(random: () => number, digits: number): string {
  let text = '';
  while (text.length < digits)
    text += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return text.slice(0, digits);
}
