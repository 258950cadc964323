import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/**
 * What snapshots and restores of files cost, each line with its goal:
 * `npm run bench:code [FILES] [ROUNDS] [FOLDER]`. The parts run as built, because the loader of
 * TypeScript takes memory of its own. FOLDER is where the restore works; a disk is slower than
 * memory.
 */
const [files = '50000', rounds = '20', folder = ''] = process.argv.slice(2);

const PARTS: ReadonlyArray<readonly [name: string, args: readonly string[]]> = [
  ['snapshots', [files, rounds]],
  ['restore-code', folder === '' ? [] : [folder]],
];

/** Below the project: packages are found from there. */
const OUT = fileURLToPath(new URL('../../node_modules/.cache/waymark-bench', import.meta.url));

mkdirSync(OUT, { recursive: true });
for (const [name, args] of PARTS) {
  const outfile = `${OUT}/${name}.mjs`;
  buildSync({
    ...{ entryPoints: [fileURLToPath(new URL(`./${name}.ts`, import.meta.url))], outfile },
    ...{ bundle: true, platform: 'node', format: 'esm', packages: 'external' },
  });
  const { status } = spawnSync(process.execPath, [outfile, ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
