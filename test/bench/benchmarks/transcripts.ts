import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, constants } from 'node:zlib';
import { runAllSlices } from '../../../lib/core/sliced.ts';
import { listFilesBelow } from '../../../lib/core/file-keeper.ts';
import { archiveSession } from '../../../lib/journal/transcripts/archive-session.ts';
import { archivedFiles, archivedLines } from '../../../lib/journal/transcripts/read-archived.ts';
import { SESSIONS } from '../../../lib/store/sessions-table.ts';
import { applyWrites } from '../../../lib/store/sink.ts';
import { sqliteDriver } from '../../../lib/store/driver.ts';
import { openStore } from '../../../lib/store/open-store.ts';
import { inTransaction } from '../../../lib/store/transaction.ts';
import { type BenchHome, benchHome, startWorker } from '../bench-home.ts';
import type { Bench, Benchmark, Row } from '../benchmark.ts';
import { canWatchProcesses, watchProcesses } from '../process-figures.ts';

/**
 * What keeping transcripts costs: while sessions grow, once for those that are there, and on the
 * disk.
 */
export const transcripts: Benchmark = {
  name: 'transcripts',
  title: 'What the archive of transcripts costs, in CPU, time and bytes',
  run,
};

const SESSIONS_AT_WORK = 10;
const WINDOW_MS = 30_000;

/** Each session at work writes so often: a call and its result, some 5 kB. */
const WRITE_MS = 1_000;

/** A transcript of this size is archived and read back. */
const LARGE_BYTES = 200 * 2 ** 20;

async function run(bench: Bench): Promise<readonly Row[]> {
  const rows = [...backfill(bench), ...requestLines()];
  if (!canWatchProcesses(bench)) return rows;
  const on = await growing(bench, {});
  const off = await growing(bench, { WAYMARK_TRANSCRIPTS: 'false' });
  return [
    {
      what: `worker, ${SESSIONS_AT_WORK} sessions growing, archive off`,
      cells: { 'CPU %': off.percent },
    },
    {
      what: `worker, ${SESSIONS_AT_WORK} sessions growing, archive on`,
      cells: { 'CPU %': on.percent, 'added CPU %': on.percent - off.percent },
      goals: [{ cell: 'added CPU %', atMost: 1 }],
    },
    {
      what: 'from a change to its archive',
      cells: { 'median ms': on.medianMs, 'worst ms': on.worstMs },
      goals: [{ cell: 'worst ms', atMost: 1_000 }],
    },
    ...rows,
  ];
}

/**
 * Lines as sessions have them: what is read and printed are pieces of the sources of this project.
 */
class TranscriptText {
  readonly #texts = ['lib', 'docs'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:ts|md)$/.test(name))
      .map((name) => readFileSync(join(folder, name), 'utf8')),
  );
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** A call of a tool, and its result. */
  turn(session: string): string {
    const [call, first, second] = [this.#id(), this.#id(), this.#id()];
    const common = { isSidechain: false, cwd: '/work/app', sessionId: session, version: '2.1.197' };
    const at = new Date(1.79e12 + this.#random() * 1e9).toISOString();
    const usage = {
      ...{ input_tokens: this.#number(2_000), output_tokens: this.#number(900) },
      cache_read_input_tokens: this.#number(90_000),
    };
    const command = `sed -n 1,80p ${this.#piece(60).replaceAll(/\W+/g, '/')}`;
    const output = this.#piece(400 + this.#number(4_000));
    return [
      {
        ...{ parentUuid: first, type: 'assistant', uuid: second, timestamp: at, ...common },
        message: {
          ...{ id: `msg_${call}`, role: 'assistant', model: 'claude-opus-4-8', usage },
          content: [
            { type: 'text', text: this.#piece(this.#number(500)) },
            { type: 'tool_use', id: `toolu_${call}`, name: 'Bash', input: { command } },
          ],
        },
      },
      {
        ...{ parentUuid: second, type: 'user', uuid: this.#id(), timestamp: at, ...common },
        message: {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: `toolu_${call}`, content: output }],
        },
        toolUseResult: { stdout: output, stderr: '', interrupted: false },
      },
    ]
      .map((line) => `${JSON.stringify(line)}\n`)
      .join('');
  }

  #piece(length: number): string {
    const text = this.#texts[this.#number(this.#texts.length)] ?? '';
    const from = this.#number(Math.max(1, text.length - length));
    return text.slice(from, from + length);
  }

  #number(below: number): number {
    return Math.floor(this.#random() * below);
  }

  #id(): string {
    return Array.from({ length: 4 }, () => this.#number(2 ** 32).toString(16)).join('-');
  }
}

interface Growth {
  readonly percent: number;
  readonly medianMs: number;
  readonly worstMs: number;
}

async function growing(bench: Bench, own: Readonly<Record<string, string>>): Promise<Growth> {
  const home = benchHome(bench);
  const text = new TranscriptText(bench.random);
  const paths = new Map(
    Array.from({ length: SESSIONS_AT_WORK }, (_none, index) => {
      const session = `bench-${index}`;
      return [session, `${home.root}/home/.claude/projects/-work-app/${session}.jsonl`] as const;
    }),
  );
  for (const [session, path] of paths) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text.turn(session));
  }
  knowSessions(home, paths);
  const worker = await startWorker(bench, {
    ...home,
    environment: { ...home.environment, ...own },
  });
  await sleep(3_000);
  const delays: number[] = [];
  const isOn = Object.keys(own).length === 0;
  const windowMs = bench.quick ? WINDOW_MS / 5 : WINDOW_MS;
  const [used] = await watchProcesses([worker.pid], async () => {
    const end = performance.now() + windowMs;
    while (performance.now() < end) {
      for (const [session, path] of paths) appendFileSync(path, text.turn(session));
      const [[session = '', path = ''] = []] = paths;
      const began = performance.now();
      const wanted = statSync(path).size;
      while (isOn && performance.now() < began + 2_000) {
        if (archivedSize(home, session) >= wanted) break;
        await sleep(20);
      }
      delays.push(performance.now() - began);
      await sleep(Math.max(0, WRITE_MS - (performance.now() - began)));
    }
  });
  await worker.end();
  if (used === undefined) throw new Error('The worker was not watched');
  const sorted = delays.toSorted((a, b) => a - b);
  return {
    percent: used.cpuMs / used.seconds / 10,
    medianMs: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
    worstMs: sorted.at(-1) ?? Number.NaN,
  };
}

function archivedSize({ folder }: BenchHome, session: string): number {
  const [file] = archivedFiles(folder.archive, session);
  return file?.bytes ?? 0;
}

function knowSessions({ folder }: BenchHome, paths: ReadonlyMap<string, string>): void {
  const database = openStore(folder.store, sqliteDriver(), 'NORMAL');
  const now = Date.now();
  inTransaction(database, () =>
    applyWrites(
      database,
      [...paths].map(([id, path]) => ({
        into: SESSIONS,
        row: {
          ...{ id, transcript_path: path, transcript_at: now },
          ...{ first_event_at: now, last_event_at: now },
        },
      })),
    ),
  );
  database.close();
}

function backfill(bench: Bench): readonly Row[] {
  const home = benchHome(bench);
  const text = new TranscriptText(bench.random);
  const base = `${home.root}/home/.claude`;
  const paths = ['projects/-work-app/large.jsonl'];
  const bytes = bench.quick ? LARGE_BYTES / 20 : LARGE_BYTES;
  mkdirSync(`${base}/projects/-work-app`, { recursive: true });
  for (let written = 0; written < bytes; ) {
    const turns = Array.from({ length: 200 }, () => text.turn('large')).join('');
    appendFileSync(`${base}/${paths[0]}`, turns);
    written += turns.length;
  }
  bench.say('archiving a large transcript');
  const { archive } = home.folder;
  const size = statSync(`${base}/${paths[0]}`).size;
  const archiving = secondsOf(() => {
    const files = { session: 'large', base, paths };
    runAllSlices(archiveSession(files, { archive, clock: Date.now, isClosed: true }));
  });
  const stored = listFilesBelow(archive, '').reduce((sum, file) => sum + file.bytes, 0);
  const reading = secondsOf(() => {
    for (const file of archivedFiles(archive, 'large')) for (const _line of archivedLines(file));
  });
  return [
    {
      what: `archiving a transcript of ${Math.round(size / 2 ** 20)} MB`,
      cells: { 'MB/s': size / 2 ** 20 / archiving, '% of its size': (stored / size) * 100 },
      goals: [{ cell: '% of its size', atMost: 15 }],
    },
    { what: 'reading its lines back', cells: { 'MB/s': size / 2 ** 20 / reading } },
  ];
}

/**
 * What the lines of 2.1.330 cost that hold requests to the model, in transcripts of the real
 * client.
 */
function requestLines(): readonly Row[] {
  const folder = 'test/fixtures/transcript/client-2.1.330';
  const files = listFilesBelow(folder, '').filter(({ path }) => /^[\w-]{36}\.jsonl$/.test(path));
  const lines = files.flatMap(({ path }) => readFileSync(`${folder}/${path}`, 'utf8').split('\n'));
  const isRequest = (line: string): boolean => line.includes('"type":"api-request');
  const [whole, without] = [lines, lines.filter((line) => !isRequest(line))].map(archivedLength);
  const bytes = lines.filter(isRequest).reduce((sum, line) => sum + line.length + 1, 0);
  const all = lines.reduce((sum, line) => sum + line.length + 1, 0);
  if (whole === undefined || without === undefined || bytes === 0) return [];
  return [
    {
      what: 'lines api-request* in recorded transcripts of 2.1.330',
      cells: {
        '% of the transcript': (bytes / all) * 100,
        '% of its size': ((whole - without) / bytes) * 100,
      },
    },
  ];
}

function archivedLength(lines: readonly string[]): number {
  return brotliCompressSync(Buffer.from(lines.join('\n')), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 22 },
  }).length;
}

function secondsOf(work: () => void): number {
  const began = performance.now();
  work();
  return (performance.now() - began) / 1000;
}
