// Runs the store's contract on a Node that has SQLite of its own, whatever Node runs this script.
// The newer Node is the `node` package of npm, installed on demand into a cache folder.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';

const MAJOR = 24;
const cache = `${process.env.XDG_CACHE_HOME || `${homedir()}/.cache`}/waymark/node/${MAJOR}`;
const node = `${cache}/node_modules/node/bin/node`;
const project = fileURLToPath(new URL('../..', import.meta.url));

if (!existsSync(node)) {
  mkdirSync(cache, { recursive: true });
  run(
    'npm',
    [
      'install',
      '--prefix',
      cache,
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--foreground-scripts',
      `node@${MAJOR}`,
    ],
    cache,
  );
}
run(node, ['--version'], project);
run(
  node,
  [
    `${project}node_modules/vitest/vitest.mjs`,
    'run',
    'test/contract/store.test.ts',
    ...process.argv.slice(2),
  ],
  project,
);

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  if (error) console.error(`Cannot run ${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}
