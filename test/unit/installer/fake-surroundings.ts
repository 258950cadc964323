import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { HOOKS, STATUS_LINE } from '../../../lib/hook/manifest.ts';
import type { ProgramResult, RunProgram } from '../../../installer/run-program.ts';
import type { InstallerContext } from '../../../installer/installer-context.ts';
import { tempFolder } from '../../support/temp-folder.ts';

export interface FakeMachine {
  readonly around: InstallerContext;
  readonly home: string;
  /** The user's settings file; its folder exists. */
  readonly settings: string;
  /** Arguments of every program that was run. */
  readonly runs: string[][];
}

/** What a fake doctor prints when all is well. */
export const PROVED = {
  ok: true,
  sentAt: '2026-11-22T10:00:00.000Z',
  storedAt: '2026-11-22T10:00:00.120Z',
  message: 'arrived',
};

/**
 * A home, a project, a state folder and a built package, all thrown away with the test; names hold
 * spaces, quotes and letters beyond ASCII.
 */
export function fakeMachine(
  changes: Partial<InstallerContext> = {},
  doctor: Partial<ProgramResult> = {},
): FakeMachine {
  const root = tempFolder();
  const home = join(root, "jörg o'neil");
  const cwd = join(root, 'the project');
  for (const folder of [join(home, '.claude'), cwd]) mkdirSync(folder, { recursive: true });
  const runs: string[][] = [];
  const run: RunProgram = (_, args) => {
    runs.push([...args]);
    return Promise.resolve({ code: 0, stdout: JSON.stringify(PROVED), stderr: '', ...doctor });
  };
  const around: InstallerContext = {
    environment: { HOME: home },
    cwd,
    platform: 'linux',
    node: process.execPath,
    nodeVersion: '20.19.0',
    folder: stateFolderAt(join(home, 'state of $waymark'), {}, [root]),
    origin: { folder: fakePackage(join(root, 'pack age')), version: '1.2.3' },
    command: 'npx waymark',
    temporaryFolders: [],
    clock: () => Date.UTC(2026, 10, 22, 10),
    run,
    lockRetries: 0,
    ...changes,
  };
  return { around, home, settings: join(home, '.claude/settings.json'), runs };
}

const TEMPLATES = [
  'launcher.sh',
  'gate-throttle.sh',
  'gate-needles.sh',
  'gate-leave.sh',
  'command.sh',
] as const;

/** A package that looks built: each hook prints its name and what it read. */
function fakePackage(folder: string): string {
  mkdirSync(join(folder, 'dist/hooks'), { recursive: true });
  mkdirSync(join(folder, 'templates'));
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'waymark', version: '1.2.3' }),
  );
  writeFileSync(join(folder, 'dist/waymark.cjs'), '');
  writeFileSync(join(folder, 'dist/hooks/secrets.cjs'), '// rules');
  for (const name of ['start-hook.cjs', 'run-script.cjs'])
    copyFileSync(join(import.meta.dirname, '../../../dist', name), join(folder, 'dist', name));
  for (const { name } of [...HOOKS, STATUS_LINE])
    writeFileSync(join(folder, `dist/hooks/${name}.cjs`), hookProgram(`package ${name}`));
  for (const template of TEMPLATES)
    copyFileSync(
      join(import.meta.dirname, '../../../templates', template),
      join(folder, 'templates', template),
    );
  return folder;
}

/** A hook file that prints as JSON what it was started with. */
export function hookProgram(label: string): string {
  return `const { WAYMARK_HOME: home, NODE_EXTRA_CA_CERTS: ca, WAYMARK_SAVED_CA_CERTS: saved, NODE_OPTIONS: options } = process.env;
console.log(JSON.stringify({ label: ${JSON.stringify(label)}, home, ca, saved, options, input: require('node:fs').readFileSync(0, 'utf8') }));
`;
}
