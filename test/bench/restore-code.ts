import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { prepareRestore } from '../../lib/actions/restore-code/prepare-restore.ts';
import { restoreCode } from '../../lib/actions/restore-code/restore-code.ts';
import { openRestoreContext } from '../../lib/actions/restore-code/restore-context.ts';
import { stateFolderAt } from '../../lib/core/state-folder.ts';
import { takeSnapshot } from '../../lib/snapshots/take-snapshot.ts';
import { findWorkTree } from '../../lib/snapshots/work-tree.ts';

/**
 * How long a restore of 1,000 files takes, from the lock to the last rename:
 * `npx tsx test/bench/restore-code.ts [FOLDER]`.
 */
const FILES = 1_000;
const ROUNDS = 5;

async function main(): Promise<void> {
  const place = process.argv[2] ?? tmpdir();
  mkdirSync(place, { recursive: true });
  const base = mkdtempSync(`${place}/waymark-restore-`);
  const root = `${base}/repo`;
  const state = `${base}/state`;
  for (const folder of [root, `${base}/home`, `${state}/queue`])
    mkdirSync(folder, { recursive: true });
  const environment = {
    ...{ PATH: process.env['PATH'], HOME: `${base}/home` },
    ...{ WAYMARK_HOME: state, WAYMARK_AUTOSTART: '0' },
  };
  const actionContext = {
    folder: stateFolderAt(state, environment, [base]),
    environment,
    clock: Date.now,
  };
  const parts = { stateRoot: state, environment, clock: Date.now, patienceMs: 5_000 };
  const shoot = async () =>
    takeSnapshot(
      await findWorkTree(root, parts),
      { cause: 'manual', session: 'bench' },
      {
        ...{ ...parts, signal: new AbortController().signal },
        limits: { fileBytes: 1 << 26, totalBytes: 1 << 30 },
      },
    );
  execFileSync('git', ['init', '-q'], { cwd: root });
  writeAll(root, 'first');
  const { snapshot } = await shoot();
  const rounds: { readonly wallMs: number; readonly cpuMs: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    writeAll(root, `round ${round}`);
    await shoot();
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    const ground = await openRestoreContext(actionContext, root);
    const request = { cwd: root, checkpoint: snapshot.id, paths: [], removesNew: false };
    const done = await restoreCode(ground, await prepareRestore(ground, request));
    ground.release();
    const used = process.cpuUsage(cpu);
    rounds.push({ wallMs: performance.now() - began, cpuMs: (used.user + used.system) / 1_000 });
    const is = readFileSync(`${root}/folder-3/file-3.txt`, 'utf8').startsWith('first');
    if (done.written !== FILES || !is) throw new Error(JSON.stringify(done));
  }
  const of = (name: 'wallMs' | 'cpuMs'): string =>
    rounds
      .map((round) => Math.round(round[name]))
      .toSorted((a, b) => a - b)
      .join(' ');
  console.log(
    `${FILES} files, ${ROUNDS} rounds: wall ms ${of('wallMs')}; CPU ms, without git's, ${of('cpuMs')} (goal: 2 s)`,
  );
  rmSync(base, { recursive: true });
}

function writeAll(root: string, text: string): void {
  for (let nth = 0; nth < FILES; nth += 1) {
    mkdirSync(`${root}/folder-${nth % 50}`, { recursive: true });
    writeFileSync(`${root}/folder-${nth % 50}/file-${nth}.txt`, `${text} ${nth}\n`.repeat(100));
  }
}

await main();
