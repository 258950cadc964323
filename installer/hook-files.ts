import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf, reasonOf, WaymarkError } from '../lib/core/errors.ts';
import { readTextOrEmpty } from '../lib/core/files.ts';
import { removeTree } from '../lib/core/remove-tree.ts';
import { replaceFile } from '../lib/core/replace-file.ts';
import { productVersion } from '../lib/core/package-folder.ts';
import { makePrivateFolder } from '../lib/core/state-folder.ts';
import { type Gate, HOOKS, type HookSpec, STATUS_LINE } from '../lib/hook/manifest.ts';
import { renderCommand, renderLauncher } from './render-launcher.ts';
import type { InstallerContext } from './installer-context.ts';

/** The rules for secrets, which a hook loads from beside itself when it needs them. */
const RULES = 'secrets.cjs';

/** Start a hook as it was compiled at an earlier start. */
const STARTERS = ['start-hook.cjs', 'run-script.cjs'];

/** The command line, for shells that find no `waymark`. */
const COMMAND = 'waymark';

interface HookFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

/**
 * Puts into the state folder's `bin` what settings.json will name: a launcher and a copy of its
 * program for every hook and for the status line, and the path of the package. Each file appears
 * whole; one that is right already is left alone.
 * @returns how many files were written.
 * @throws {@link WaymarkError} INSTALL_FAILED when the package is not built or the folder cannot be
 * written.
 */
export function writeHookFiles(
  packageFolder: string,
  context: Pick<InstallerContext, 'folder' | 'node' | 'platform'>,
): number {
  try {
    makePrivateFolder(context.folder.bin);
    const due = hookFiles(packageFolder, context).filter((file) => !isThere(file));
    for (const { path, content, mode } of due) replaceFile(path, content, { mode });
    return due.length;
  } catch (error) {
    if (error instanceof WaymarkError) throw error;
    throw new WaymarkError(
      'INSTALL_FAILED',
      `Cannot write ${context.folder.bin}: ${reasonOf(error)}`,
      { cause: error },
    );
  }
}

/** The package that hooks start the worker from; `undefined` where none is noted, or it is gone. */
export function readPackagePath(bin: string): string | undefined {
  const place = readTextOrEmpty(`${bin}/package`).trim();
  return place !== '' && existsSync(`${place}/dist/waymark.cjs`) ? place : undefined;
}

/**
 * Takes away what {@link writeHookFiles} put there, the folder if nothing else is in it, and what
 * Node compiled. `names` are those of all versions.
 */
export function removeHookFiles(bin: string, names: readonly string[]): void {
  removeTree(`${dirname(bin)}/cache`);
  for (const name of [...names, STATUS_LINE.name])
    for (const file of [name, `${name}.cjs`]) rmSync(`${bin}/${file}`, { force: true });
  for (const file of ['package', 'version', 'node-found', RULES, ...STARTERS, COMMAND])
    rmSync(`${bin}/${file}`, { force: true });
  try {
    if (readdirSync(bin).length === 0) rmdirSync(bin);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

function hookFiles(
  packageFolder: string,
  { folder, node, platform }: Pick<InstallerContext, 'folder' | 'node' | 'platform'>,
): readonly HookFile[] {
  const launcher = platform === 'win32' ? undefined : readTemplates(packageFolder);
  const programs: readonly Pick<HookSpec, 'name' | 'gate'>[] = [...HOOKS, STATUS_LINE];
  const files = programs.flatMap(({ name, gate }): HookFile[] => {
    const bundle = `${packageFolder}/dist/hooks/${name}.cjs`;
    if (!existsSync(bundle))
      throw new WaymarkError('INSTALL_FAILED', `Cannot install ${name}: ${bundle} is missing`, {
        remedy: 'Run `npm run build` in the package first.',
      });
    const copy = `${folder.bin}/${name}.cjs`;
    const program = { path: copy, content: readFileSync(bundle, 'utf8'), mode: 0o600 };
    if (launcher === undefined) return [program];
    const parts = {
      name,
      home: folder.root,
      node,
      bundle,
      copy,
      gate: gate === undefined ? '' : launcher.gates[gate],
    };
    return [
      program,
      {
        path: `${folder.bin}/${name}`,
        content: renderLauncher(launcher.template, parts),
        mode: 0o700,
      },
    ];
  });
  const version = productVersion(`${packageFolder}/dist/waymark.cjs`, packageFolder);
  const notes = [
    {
      path: `${folder.bin}/${RULES}`,
      content: readFileSync(`${packageFolder}/dist/hooks/${RULES}`, 'utf8'),
      mode: 0o600,
    },
    {
      path: `${folder.bin}/package`,
      content: `${packageFolder}
`,
      mode: 0o600,
    },
    {
      path: `${folder.bin}/version`,
      content: `${version}
`,
      mode: 0o600,
    },
  ];
  if (launcher === undefined) return [...files, ...notes];
  // this Node runs the installer, so its version is right: launchers need not ask for it
  const found = {
    path: `${folder.bin}/node-found`,
    content: `${node}
`,
    mode: 0o600,
  };
  // without them, hooks only start more slowly
  const starters = STARTERS.filter((name) => existsSync(`${packageFolder}/dist/${name}`)).map(
    (name) => ({
      path: `${folder.bin}/${name}`,
      content: readFileSync(`${packageFolder}/dist/${name}`, 'utf8'),
      mode: 0o600,
    }),
  );
  const command = {
    path: `${folder.bin}/${COMMAND}`,
    content: renderCommand(launcher.command, folder.root),
    mode: 0o700,
  };
  return [...files, ...notes, found, ...starters, command];
}

function readTemplates(packageFolder: string): {
  readonly template: string;
  readonly command: string;
  readonly gates: Readonly<Record<Gate, string>>;
} {
  const read = (name: string): string =>
    readFileSync(`${packageFolder}/templates/${name}.sh`, 'utf8');
  return {
    template: read('launcher'),
    command: read('command'),
    gates: {
      throttle: read('gate-throttle'),
      needles: read('gate-needles'),
      leave: read('gate-leave'),
    },
  };
}

function isThere({ path, content, mode }: HookFile): boolean {
  if (!existsSync(path) || readFileSync(path, 'utf8') !== content) return false;
  return process.platform === 'win32' || (statSync(path).mode & 0o777) === mode;
}
