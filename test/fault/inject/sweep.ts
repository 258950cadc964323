import {
  accessSync,
  constants,
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import {
  callsOf,
  type Fault,
  type Program,
  runWithFault,
  type SystemCall,
  type TracedRun,
} from './strace.ts';

/**
 * What a disk that is full, broken, closed or read-only says, and a process that has too many files
 * open.
 */
export const everyError = (): readonly Fault[] =>
  ['ENOSPC', 'EIO', 'EMFILE', 'EACCES', 'EROFS'].map((error) => ({ error }));

const CHANGES =
  /^(?:rename|renameat2|open|openat|write|pwrite64|unlink|unlinkat|rmdir|mkdir|ftruncate|fsync|fdatasync|chmod|fchown|chown|mknodat|utimensat)$/;

/** Whether a call changes something, or opens what a change needs. */
export const changes = ({ name, text }: SystemCall): boolean =>
  CHANGES.test(name) && !text.includes('O_DIRECTORY');

/** Programs of many hundred calls: those that only look meet what looking can meet. */
export const plausibleErrors = (call: SystemCall): readonly Fault[] => {
  if (changes(call)) return everyError();
  return (call.name.startsWith('open') ? ['EIO', 'EMFILE', 'EACCES'] : ['EIO', 'EACCES']).map(
    (error) => ({ error }),
  );
};

export const death = (): readonly Fault[] => [{ signal: 'KILL' }];

export const isLong = process.env['WAYMARK_FAULT_LONG'] === '1';

/** Says what was slow or broken as it happens. */
const isTraced = process.env['WAYMARK_FAULT_TRACE'] === '1';

/**
 * What is swept: a place that is made anew for each fault, the program that runs in it, and what
 * must be true afterwards.
 */
export interface Sweep<Place> {
  readonly name: string;
  /**
   * Fills an empty folder; it is copied for each fault. Its own path must not be written into it.
   */
  readonly prepare: (root: string) => Promise<void> | void;
  readonly enter: (root: string) => Place;
  readonly program: (place: Place) => Program;
  /** Folders below the root whose system calls meet faults. */
  readonly folders: readonly string[];
  /** Folders elsewhere that belong to the place; they go with it. */
  readonly outside?: (place: Place) => readonly string[];
  /** What a call meets, one after the other. */
  readonly faults: (call: SystemCall) => readonly Fault[];
  /** Calls that are swept; left out: all. */
  readonly only?: (call: SystemCall) => boolean;
  /** What the program broke, one line each. */
  readonly judge: (place: Place, run: TracedRun, call: SystemCall) => Promise<readonly string[]>;
  /** How many cases the short form takes. */
  readonly sample: number;
}

export interface SweepResult {
  /** Calls that touch the folders, and the faults that hit one. */
  readonly calls: number;
  readonly hits: Readonly<Record<string, number>>;
  /** Faults that hit Node's own start, or nothing: its calls came in another order. */
  readonly strays: number;
  /** The slowest case, in seconds: what waits too long under a fault shows here. */
  readonly slowest: number;
  readonly broken: readonly string[];
}

/**
 * Lets every call meet every fault, or in the short form a sample of them spread over both. Prints
 * one line of figures.
 */
export async function runSweep<Place>(sweep: Sweep<Place>): Promise<SweepResult> {
  const base = realpathSync(mkdtempSync(`${fastFolder()}/waymark-sweep-`));
  try {
    const model = `${base}/model`;
    mkdirSync(model, { mode: 0o700 });
    await sweep.prepare(model);
    const calls = (await trace(sweep, base, model)).filter(sweep.only ?? (() => true));
    const cases = pick(
      calls.flatMap((call) => sweep.faults(call).map((fault) => ({ call, fault }))),
      sweep.sample,
    );
    const result = {
      calls: calls.length,
      hits: {} as Record<string, number>,
      strays: 0,
      slowest: 0,
      broken: [] as string[],
    };
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let nth = next++; nth < cases.length; nth = next++) {
        const one = cases[nth];
        if (one !== undefined) await runCase(sweep, { ...one, base, model, nth }, result);
      }
    };
    await Promise.all([lane(), lane()]);
    console.log(JSON.stringify({ sweep: sweep.name, ...result, broken: result.broken.length }));
    return result;
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

async function trace<Place>(
  sweep: Sweep<Place>,
  base: string,
  model: string,
): Promise<readonly SystemCall[]> {
  const root = `${base}/traced`;
  cpSync(model, root, { recursive: true, preserveTimestamps: true });
  const place = sweep.enter(root);
  const outside = sweep.outside?.(place) ?? [];
  const folders = [...foldersOf(sweep, root), ...outside];
  const calls = await callsOf(sweep.program(place), folders, `${base}/traced.log`);
  for (const path of [root, ...outside]) rmSync(path, { recursive: true, force: true });
  return calls;
}

function foldersOf<Place>(sweep: Sweep<Place>, root: string): readonly string[] {
  return sweep.folders.map((folder) => `${root}/${folder}`);
}

/** The short form: cases spread over all, others each time. */
function pick<Case>(cases: readonly Case[], sample: number): readonly Case[] {
  if (isLong || cases.length <= sample) return cases;
  const stride = cases.length / sample;
  return Array.from(
    { length: sample },
    (_, n) => cases[Math.floor((n + Math.random()) * stride)],
  ).filter((one) => one !== undefined);
}

/** In memory where that is possible: thousands of runs need not wait for a disk. */
function fastFolder(): string {
  try {
    accessSync('/dev/shm', constants.W_OK | constants.X_OK);
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
}

interface Case {
  readonly call: SystemCall;
  readonly fault: Fault;
  readonly base: string;
  readonly model: string;
  readonly nth: number;
}

async function runCase<Place>(
  sweep: Sweep<Place>,
  one: Case,
  result: { hits: Record<string, number>; strays: number; slowest: number; broken: string[] },
): Promise<void> {
  const { call, fault, base, model, nth } = one;
  const root = `${base}/case-${nth}`;
  const name = 'error' in fault ? fault.error : fault.signal;
  cpSync(model, root, { recursive: true, preserveTimestamps: true });
  const place = sweep.enter(root);
  const outside = sweep.outside?.(place) ?? [];
  try {
    const began = performance.now();
    const run = await runWithFault(
      sweep.program(place),
      call,
      fault,
      [...foldersOf(sweep, root), ...outside],
      `${base}/case-${nth}.log`,
    );
    result.slowest = Math.max(result.slowest, Math.round((performance.now() - began) / 100) / 10);
    if (isTraced && performance.now() - began > 2_000)
      console.log('slow', name, call.text.replaceAll(root, '').slice(0, 160));
    if (run.hits.length === 0 || run.strays.length > 0) {
      result.strays += 1;
      return;
    }
    result.hits[name] = (result.hits[name] ?? 0) + 1;
    const broken = [
      ...(run.isHung ? ['it did not end by itself'] : []),
      ...(await sweep.judge(place, run, call)),
    ];
    const where = `${name} at ${call.name} ${call.nth} (${run.hits[0]?.replaceAll(root, '').slice(0, 160)})`;
    const lines = broken.map((line) => `${where}: ${line.replaceAll(root, '')}`);
    // a long sweep may be cut short
    if (isTraced) for (const line of lines) console.log('broken', line);
    result.broken.push(...lines);
  } finally {
    // SQLite may still be closing its files
    for (const path of [root, ...outside])
      rmSync(path, { recursive: true, force: true, maxRetries: 10 });
  }
}
