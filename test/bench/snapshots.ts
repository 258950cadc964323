import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { deflateSync } from 'node:zlib';
import { listFilesBelow } from '../../lib/core/file-keeper.ts';
import { compactStore } from '../../lib/snapshots/compact-store.ts';
import { openStore } from '../../lib/snapshots/open-store.ts';
import { createPace, readChildCpuMs } from '../../lib/snapshots/pace.ts';
import { takeSnapshot } from '../../lib/snapshots/take-snapshot.ts';
import { findWorkTree } from '../../lib/snapshots/work-tree.ts';
import { seededRandom } from '../support/seeded-random.ts';

// What a snapshot costs, on Linux. CPU is that of this process and of the git that it calls, from
// /proc: it holds on a machine that does other things, too. As built, without the loader of
// TypeScript, which takes memory of its own:
//   npx esbuild test/bench/snapshots.ts --bundle --platform=node --format=esm --packages=external \
//     --outfile=node_modules/.cache/snapshots.mjs && node node_modules/.cache/snapshots.mjs
// with [FILES] [ROUNDS] behind it. Files change as editors and the client change them: a new file
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

function text(): string {
  const words = Array.from({ length: 80 + Math.floor(random() * 500) }, () =>
    Math.floor(random() * 4_000).toString(36),
  );
  return `${words.join(' ')}\n`;
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

function storeBytes(): number {
  return listFilesBelow(stateRoot, '').reduce((sum, { bytes }) => sum + bytes, 0);
}

async function take(isBackground: boolean): Promise<void> {
  const place = { environment, stateRoot };
  const pace = createPace(readChildCpuMs, (ms) => sleep(ms));
  await takeSnapshot(
    await findWorkTree(repository, place),
    { cause: 'manual' },
    {
      ...place,
      ...{ clock: Date.now, patienceMs: 0, isBackground, signal: new AbortController().signal },
      limits: { fileBytes: 50 << 20, totalBytes: 2 ** 31 },
      pause: async (tookMs) => {
        if (isBackground) await pace(tookMs); // as the worker does
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
  `first: ${first.cpu} ms CPU, ${Math.round(first.wall)} ms, ${Math.round((100 * first.cpu) / first.wall)} % of a core, ${storeBytes()} bytes\n`,
);
let changes = 0;
const [ours, status]: [Measured[], Measured[]] = [[], []];
const before = storeBytes();
await take(true);
git('status', '--porcelain');
for (let round = 0; round < ROUNDS; round += 1) {
  for (let n = 0; n < CHANGED; n += 1) {
    const content = text();
    const path = pathOf(Math.floor(random() * FILES));
    writeFileSync(`${path}.tmp`, content);
    renameSync(`${path}.tmp`, path);
    changes += deflateSync(content).length;
  }
  ours.push(await measure(() => take(true)));
  status.push(await measure(() => git('--no-optional-locks', 'status', '--porcelain')));
}
const loose = storeBytes() - before;
const store = await openStore(await findWorkTree(repository, { environment, stateRoot }), {
  ...{ environment, stateRoot },
});
const signal = new AbortController().signal;
const packing = await measure(() => compactStore(store, 'small', { signal, clock: Date.now }));
process.stdout.write(
  `${CHANGED} changed, p10 ${compare('cpu')} CPU; ${compare('wall')} wall\n` +
    `disk per snapshot: ${Math.round(loose / ROUNDS)} bytes loose, ${Math.round((storeBytes() - before) / ROUNDS)} packed; compressed changes ${Math.round(changes / ROUNDS)}; packing ${packing.cpu} ms CPU\n` +
    `memory of this process: ${Math.round(process.resourceUsage().maxRSS / 1024)} MB\n`,
);
rmSync(outside, { recursive: true, force: true });
