import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** What is measured. */
export interface Built {
  /** The built package. */
  readonly packageFolder: string;
  /** Our own programs, bundled, so that their start is one plain Node start. */
  readonly programs: string;
  remove(): void;
}

/**
 * Copies the built package to a place where nobody builds it again meanwhile, and bundles the
 * programs of this folder.
 */
export function copyPackage(): Built {
  // below the project: its dependencies must be found from there
  const root = `${PROJECT}/node_modules/.cache/waymark-bench/${process.pid}`;
  const packageFolder = `${root}/package`;
  const programs = `${root}/programs`;
  mkdirSync(packageFolder, { recursive: true });
  for (const part of ['dist', 'templates', 'docs', 'package.json'])
    cpSync(`${PROJECT}/${part}`, `${packageFolder}/${part}`, { recursive: true });
  const sources = readdirSync(`${import.meta.dirname}/programs`).map(
    (name) => `${import.meta.dirname}/programs/${name}`,
  );
  buildSync({
    entryPoints: sources,
    outdir: programs,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  return { packageFolder, programs, remove: () => rmSync(root, { recursive: true, force: true }) };
}
