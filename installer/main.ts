import { homedir, tmpdir } from 'node:os';
import { systemClock } from '../lib/core/clock.ts';
import { locateStateFolder, realPathOr } from '../lib/core/state-folder.ts';
import { findPackage } from './find-package.ts';
import { runInstaller, type Console } from './run-installer.ts';
import { runProgram } from './run-program.ts';
import type { Surroundings } from './surroundings.ts';

const origin = findPackage(import.meta.url);

function surroundings(): Surroundings {
  const environment = { HOME: homedir(), ...process.env };
  return {
    environment,
    cwd: process.cwd(),
    platform: process.platform,
    node: process.execPath,
    nodeVersion: process.versions.node,
    folder: locateStateFolder(environment),
    origin,
    temporaryFolders: [...new Set([tmpdir(), '/tmp', '/var/tmp'].map(realPathOr))],
    clock: systemClock,
    run: runProgram,
    lockRetries: 20,
  };
}

const terminal: Console = {
  isInteractive: process.stdin.isTTY === true && process.stdout.isTTY === true,
  hasColour: process.stdout.isTTY === true && !process.env['NO_COLOR'],
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  loadPrompts: async () => (await import('./prompts.ts')).terminalPrompts,
};

if (process.argv.includes('--no-color')) process.env['NO_COLOR'] = '1'; // read by the prompts when they are loaded
process.exitCode = await runInstaller(
  process.argv.slice(2),
  origin.version,
  surroundings,
  terminal,
);
