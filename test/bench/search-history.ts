import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import type { StateFolder } from '../../lib/core/state-folder.ts';
import { knowSession, keepFile, noteSeen } from '../../lib/search/table.ts';
import { sourceSession } from '../../lib/search/table-sources.ts';
import { mergePart, partsOf, untidyPart } from '../../lib/search/table-words.ts';
import { openIndex } from '../../lib/search/table-file.ts';
import { addDocuments, type IndexDocument } from '../../lib/search/write.ts';
import { sqliteDriver } from '../../lib/store/driver.ts';
import { giveBackPages } from '../../lib/store/keeper.ts';
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
  readonly now: number;
  readonly say: (line: string) => void;
  /** Called while it grows, so that a part of it can be searched meanwhile. */
  readonly onFigures: (figures: HistoryFigures) => void;
}

const YEARS_MS = 2 * 365 * 86_400_000;
const SESSION_PLACES = 1_100;
const LINE_BREAK = ['\n', ' ', ' ', ' ', ', ', '. ', ' '];
const CODE_BREAK = ['\n  ', ' ', '(', ') ', '.', ': ', ' = ', '/', ', ', ' { ', ';\n'];

/** Makes two years of sessions: rows in the store, what calls printed in transcripts, and the index of all. */
export function fillHistory(folder: StateFolder, size: HistorySize): HistoryFigures {
  const random = seededRandom(42);
  const prose = new TextSource(random, { words: 60_000, units: 16e6 }, LINE_BREAK, 'prose');
  const code = new TextSource(random, { words: 200_000, units: 48e6 }, CODE_BREAK, 'code');
  const store = openStore(folder.store, sqliteDriver(), 'NORMAL');
  for (const trigger of ['call_is_new', 'call_has_changed']) store.exec(`DROP TRIGGER ${trigger}`);
  const index = openIndex(folder.search, sqliteDriver());
  const total = size.operations + size.messages;
  const count = Math.max(1, Math.ceil(total / SESSION_PLACES));
  mkdirSync(`${folder.root}/projects`, { recursive: true });
  let textBytes = 0;
  let indexMs = 0;
  let documents = 0;
  const samples: string[] = [];
  const figures = (): HistoryFigures => ({
    ...{ textBytes, documents, indexMs, samples },
    prose: prose.words.slice(0, 60_000),
    code: code.words.slice(0, 60_000),
  });
  for (let session = 0; session < count; session += 1) {
    const places = Math.min(SESSION_PLACES, total - session * SESSION_PLACES);
    const made = makeSession({ folder, random, prose, code, size, total }, session, places);
    textBytes += made.bytes;
    documents += places;
    if (session % 20 === 0 && made.sample !== undefined) samples.push(made.sample);
    inTransaction(store, () => storeSession(store, made));
    const start = process.cpuUsage();
    inTransaction(index, () => indexMade(index, store, made));
    if (session % 10 === 0) tidy(index, partsOf(index)[0] ?? 0);
    indexMs += cpuMs(start);
    if (session % 50 === 0 || session === count - 1) size.onFigures(figures());
    if (session % Math.ceil(count / 50) === 0)
      size.say(
        `${session} of ${count} sessions, ${(textBytes / 1e6).toFixed(0)} MB of text, index ${(indexMs / 1000).toFixed(0)} s of CPU`,
      );
  }
  tidy(index, Number.MAX_SAFE_INTEGER);
  while (giveBackPages(index));
  index.close();
  store.close();
  return figures();
}

/** As the worker does with parts that are over. */
function tidy(index: Database, before: number): void {
  for (;;) {
    const part = untidyPart(index, before);
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
  readonly bytes: number;
  readonly sample: string | undefined;
}

function makeSession(source: Source, session: number, places: number): Made {
  const { folder, random, size, total } = source;
  const step = YEARS_MS / total;
  const id = `${hex(random, 8)}-0000-4000-8000-${String(session).padStart(12, '0')}`;
  const path = `${folder.root}/projects/${id}.jsonl`;
  const from = size.now - YEARS_MS + session * SESSION_PLACES * step;
  const fd = openSync(path, 'w');
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
  writeSync(fd, lines.join(''));
  closeSync(fd);
  const sample = documents.find(({ kind }) => kind === 'prompt')?.main;
  const project = `/home/dev/work/project-${session % 37}`;
  return {
    id,
    project,
    path,
    from: Math.floor(from),
    to: Math.floor(from + places * step),
    documents,
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

/** As the worker does it, in pieces of the same size. */
function indexMade(index: Database, store: Database, { id, path, documents }: Made): void {
  const source = sourceSession(store, id);
  if (source === undefined) return;
  const session = knowSession(index, id, source);
  const file = keepFile(index, path, session.num, { inode: '1', offset: 0, tailHash: '' });
  addDocuments(
    index,
    session,
    documents.map((one) =>
      one.line === undefined ? one : { ...one, line: { file, offset: one.line.offset } },
    ),
  );
  noteSeen(index, session.num, source.seen);
}

function hex(random: () => number, digits: number): string {
  let text = '';
  while (text.length < digits)
    text += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return text.slice(0, digits);
}
