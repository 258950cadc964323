#!/usr/bin/env node
// Puts the pinned versions of the real Claude Code client into a cache folder and prints the path
// of each executable, one a line.
// WAYMARK_CLIENT_VERSIONS  comma-separated; the oldest supported alone by default, since one is some 250 MB
// WAYMARK_CLIENT_CACHE     the cache folder; default $XDG_CACHE_HOME/waymark/claude-client
import { execFileSync } from 'node:child_process';
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const OLDEST_SUPPORTED = '2.1.197';
const SCOPE = '@anthropic-ai';

const cache =
  process.env['WAYMARK_CLIENT_CACHE'] ||
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'waymark', 'claude-client');
const versions = (process.env['WAYMARK_CLIENT_VERSIONS'] || OLDEST_SUPPORTED)
  .split(',')
  .map((version) => version.trim());

try {
  for (const version of versions) {
    if (!/^\d+\.\d+\.\d+$/.test(version))
      throw new Error(`Cannot install the client: ${version} is not a version`);
    const folder = join(cache, version);
    process.stdout.write(`${findBinary(folder) ?? install(version, folder)}\n`);
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/**
 * Installs beside the final place and moves it there, so that a half-done download is never taken
 * for a client.
 */
function install(version, folder) {
  mkdirSync(cache, { recursive: true });
  const making = mkdtempSync(join(cache, `.${version}-`));
  try {
    process.stderr.write(`Installing Claude Code ${version} into ${folder}\n`);
    const wanted = `${SCOPE}/claude-code@${version}`;
    const quiet = [
      '--ignore-scripts',
      '--include=optional',
      '--no-save',
      '--no-package-lock',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      '--fetch-retries=1',
    ];
    execFileSync('npm', ['install', '--prefix', making, ...quiet, wanted], {
      cwd: making,
      stdio: ['ignore', 2, 2],
      timeout: 600_000,
    });
    if (findBinary(making) === undefined)
      throw new Error(
        `Cannot install the client: ${wanted} has no executable for ${process.platform}-${process.arch}`,
      );
    moveInto(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return findBinary(folder);
}

function moveInto(making, folder) {
  try {
    renameSync(making, folder);
  } catch (error) {
    if (findBinary(folder) !== undefined) return; // somebody else was quicker
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    rmSync(folder, { recursive: true, force: true });
    renameSync(making, folder);
  }
}

/**
 * The executable lies in the package of the platform, which npm chose: `claude-code-linux-x64`,
 * `claude-code-darwin-arm64`, …
 */
function findBinary(folder) {
  const packages = join(folder, 'node_modules', SCOPE);
  const fits = (name) => name.startsWith(`claude-code-${process.platform}-`);
  return listed(packages)
    .filter(fits)
    .flatMap((name) => ['claude', 'claude.exe'].map((file) => join(packages, name, file)))
    .find(isExecutable);
}

function listed(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not there yet
  }
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
