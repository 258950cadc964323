import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { deflateSync } from 'node:zlib';
import { listFilesBelow } from '../../lib/core/file-keeper.ts';
import { rememberAnswers } from '../../lib/git/remember-answers.ts';
import { askGit } from '../../lib/git/run-git.ts';
import { compactStore } from '../../lib/snapshots/compact-store.ts';
import { openStore } from '../../lib/snapshots/open-store.ts';
import { createPace, readCpuMs } from '../../lib/snapshots/pace.ts';
import { takeSnapshot } from '../../lib/snapshots/take-snapshot.ts';
import { findWorkTree } from '../../lib/snapshots/work-tree.ts';
import { seededRandom } from '../support/seeded-random.ts';

// What a snapshot costs, on Linux. CPU is that of this process and of the git that it calls, from
// /proc: it holds on a machine that does other things, too. `npm run bench:code [FILES] [ROUNDS]`
// runs it. Files change as editors and the client change them: a new file
// takes the place of the old one, so that folders change, too.

const FILES = Number(process.argv[2] ?? 50_000);
const ROUNDS = Number(process.argv[3] ?? 10);
const CHANGED = 10;
const TICK_MS = 10;

const outside = mkdtempSync(join(tmpdir(), 'waymark-bench-'));
const repository = join(outside, 'repository');
const stateRoot = join(outside, 'state');
const environment = { PATH: process.env['PATH'], HOME: outside };
const random = seededRandom(1);

function text(words = 80 + Math.floor(random() * 500)): string {
  const all = Array.from({ length: words }, () => Math.floor(random() * 4_000).toString(36));
  return `${all.join(' ').replaceAll(/((?:\S+ ){10})/g, '$1\n')}\n`;
}

function pathOf(index: number): string {
  return join(repository, `m${index % 50}`, `d${Math.floor(index / 50) % 20}`, `f${index}.ts`);
}

/** Milliseconds of processor time of this process and its ended children. */
function cpuMs(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * TICK_MS, 0);
}

interface Measured {
  readonly cpu: number;
  readonly wall: number;
}

async function measure(work: () => Promise<unknown> | unknown): Promise<Measured> {
  const [cpu, wall] = [cpuMs(), performance.now()];
  await work();
  return { cpu: cpuMs() - cpu, wall: performance.now() - wall };
}

/** The tenth part of the rounds took at most this. */
function p10(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 10)] ?? Number.NaN;
}

function compare(what: keyof Measured): string {
  const [own, git] = [ours, status].map((rounds) =>
    Math.round(p10(rounds.map((one) => one[what]))),
  );
  return `${own} ms, git status ${git} ms, ratio ${((own ?? 0) / (git ?? 1)).toFixed(2)}`;
}

/** Replaces a file as editors do. @returns the size of its content when compressed. */
function replaceText(path: string, content: string): number {
  writeFileSync(`${path}.tmp`, content);
  renameSync(`${path}.tmp`, path);
  return deflateSync(content).length;
}

function randomPath(): string {
  return pathOf(Math.floor(random() * FILES));
}

interface Taken {
  readonly bytes: number;
  /** In whole blocks of the disk, with folders. */
  readonly onDisk: number;
}

/** What the store has of snapshots: objects, their indexes, refs. Its own index does not grow. */
function measureStore(): Taken {
  const names = readdirSync(stateRoot, { recursive: true, encoding: 'utf8' });
  const all = names
    .filter((name) => /\/(?:objects|refs)(?:\/|$)/.test(name))
    .map((name) => lstatSync(join(stateRoot, name)));
  const files = all.filter((one) => one.isFile());
  return {
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    onDisk: all.reduce((sum, { blocks }) => sum + blocks * BLOCK, 0),
  };
}

/** What `lstat` counts in. */
const BLOCK = 512;

async function compact(): Promise<void> {
  const store = await openStore(await findWorkTree(repository, { environment, stateRoot }), {
    ...{ environment, stateRoot },
  });
  const { signal } = new AbortController();
  await compactStore(store, 'small', { signal, clock: Date.now });
}

/** Prints what a snapshot takes after each round of `change`, which tells its compressed bytes. */
async function measureDisk(what: string, change: () => number): Promise<void> {
  await take(true);
  await compact();
  const before = measureStore();
  let changed = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    changed += change();
    await take(false);
  }
  const loose = measureStore();
  await compact();
  const packed = measureStore();
  const of = (bytes: number): string =>
    `${Math.round(bytes / ROUNDS)} bytes (${(bytes / changed).toFixed(2)} times)`;
  const since = (taken: Taken): string =>
    `${of(taken.bytes - before.bytes)}, in blocks ${of(taken.onDisk - before.onDisk)}`;
  process.stdout.write(
    `disk, ${what}: ${since(loose)} at once; ${since(packed)} packed; compressed changes ${Math.round(changed / ROUNDS)} (goal: 1.2 times)\n`,
  );
}

function storeBytes(): number {
  return listFilesBelow(stateRoot, '').reduce((sum, { bytes }) => sum + bytes, 0);
}

const ask = rememberAnswers(askGit, Date.now); // as the worker does

async function take(isBackground: boolean): Promise<void> {
  const place = { environment, stateRoot, ask };
  const pace = createPace({ clock: Date.now, cpuMs: readCpuMs, sleep: (ms) => sleep(ms) });
  await takeSnapshot(
    await findWorkTree(repository, place),
    { cause: 'manual' },
    {
      ...place,
      ...{ clock: Date.now, patienceMs: 0, isBackground, signal: new AbortController().signal },
      limits: { fileBytes: 50 << 20, totalBytes: 2 ** 31 },
      pause: async () => {
        if (isBackground) await pace(); // as the worker does
        return true;
      },
    },
  );
}

const git = (...args: readonly string[]): string =>
  execFileSync('git', [...args], { cwd: repository, env: environment, encoding: 'utf8' });

for (let index = 0; index < FILES; index += 1) {
  mkdirSync(join(pathOf(index), '..'), { recursive: true });
  writeFileSync(pathOf(index), text());
}
mkdirSync(stateRoot, { mode: 0o700 });
git('init', '-q', '--template=');
// as a clean clone is: `git status` has something to compare with, and prints nothing of it
git('-c', 'core.bigFileThreshold=0', 'add', '-A');
git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-qm', 'first');
const first = await measure(() => take(true));
process.stdout.write(
  `first: ${first.cpu} ms CPU, ${Math.round(first.wall)} ms, ${Math.round((100 * first.cpu) / first.wall)} % of a core, ${storeBytes()} bytes (goal: 60 s, 25 % of a core)\n`,
);
const [ours, status]: [Measured[], Measured[]] = [[], []];
await take(true);
git('status', '--porcelain');
for (let round = 0; round < ROUNDS; round += 1) {
  for (let n = 0; n < CHANGED; n += 1) replaceText(randomPath(), text());
  ours.push(await measure(() => take(true)));
  status.push(await measure(() => git('--no-optional-locks', 'status', '--porcelain')));
}
const packing = await measure(compact);
process.stdout.write(
  `${CHANGED} changed, p10 ${compare('cpu')} CPU; ${compare('wall')} wall; packing ${packing.cpu} ms CPU (goal: 1.3 times the CPU)\n` +
    `memory of this process, the first snapshot and the writing of its files included: ${Math.round(process.resourceUsage().maxRSS / 1024)} MB (goal without them: 150 MB)\n`,
);
const eachOf = (change: (n: number) => number): number =>
  Array.from({ length: CHANGED }, (_, n) => change(n)).reduce((sum, bytes) => sum + bytes, 0);
await measureDisk('tiny files anywhere, all new', () =>
  eachOf(() => replaceText(randomPath(), text())),
);
await measureDisk('files of 8 kB anywhere, all new', () =>
  eachOf(() => replaceText(randomPath(), text(2_200))),
);
const edited = Array.from({ length: 4 * CHANGED }, () => ({
  path: randomPath(),
  lines: text(2_200).split('\n'),
}));
await measureDisk('three lines in files of 8 kB, of the same 40', () =>
  eachOf(() => {
    const { path, lines } = edited[Math.floor(random() * edited.length)] ?? { path: '', lines: [] };
    for (let n = 0; n < 3; n += 1) lines[Math.floor(random() * lines.length)] = text(10).trim();
    return replaceText(path, lines.join('\n'));
  }),
);
rmSync(outside, { recursive: true, force: true });
