import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** The built process of handler modules, and our API as they import it. */
export interface ModuleRunnerFiles {
  readonly runner: string;
  readonly api: string;
  /** Copies the process to where no package can be found. @returns its path. */
  copyTo(folder: string): string;
  /** Removes the bundles. */
  remove(): void;
}

/** Bundles the process of handler modules as the build does. Call `remove` when done. */
export function bundleModuleRunner(): ModuleRunnerFiles {
  // below the project: packages must be found from there
  const outdir = `${PROJECT}/node_modules/.cache/waymark-test/handlers-${process.pid}`;
  mkdirSync(outdir, { recursive: true });
  const entryPoints = {
    'handler-runner': `${PROJECT}/lib/delivery/handlers/handler-runner.ts`,
    index: `${PROJECT}/lib/index.ts`,
  };
  buildSync({
    entryPoints,
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
  });
  const runner = `${outdir}/handler-runner.mjs`;
  return {
    runner,
    api: `${outdir}/index.mjs`,
    copyTo: (folder) => {
      copyFileSync(runner, `${folder}/handler-runner.mjs`);
      return `${folder}/handler-runner.mjs`;
    },
    remove: () => rmSync(outdir, { recursive: true, force: true }),
  };
}
