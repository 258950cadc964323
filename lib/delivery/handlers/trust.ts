import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { isoTime } from '../../core/clock.ts';
import { errnoOf, reasonOf, WaymarkError } from '../../core/errors.ts';
import {
  isJsonObject,
  type JsonObject,
  objectField,
  parseJsonObject,
  stringField,
} from '../../core/json.ts';
import { replaceFile } from '../../core/replace-file.ts';
import { makePrivateFolder, realPathOr } from '../../core/state-folder.ts';
import { digestFolder, type FolderDigest } from './folder-digest.ts';

/** A project whose handlers the user wants, as they were when the user said so. */
export interface TrustedProject {
  /** The project's folder, links resolved. */
  readonly project: string;
  /** Stands in the names of its handlers; no other trusted project has the same. */
  readonly label: string;
  readonly trustedAt: string;
  readonly files: FolderDigest;
}

/** Where a project keeps its handlers. */
export function projectHandlers(project: string): string {
  return `${project}/.claude/waymark/handlers`;
}

/** The file of trusted projects in a state folder. */
export function trustFile(root: string): string {
  return `${root}/trusted.json`;
}

/** The trusted projects; none when the file is missing, is no JSON, or may be written by others than the user. */
export function readTrusted(file: string): readonly TrustedProject[] {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined || !isMine(found)) return [];
  const projects = objectField(parseJsonObject(readOr(file)) ?? {}, 'projects');
  return Object.entries(projects).flatMap(([project, value]) =>
    isJsonObject(value) ? [trustedProject(project, value)] : [],
  );
}

/**
 * Trusts the handlers of a project as they are now, instead of as they were before.
 * @throws {@link WaymarkError} HANDLER_REFUSED when the folder cannot be trusted, such as one that is missing or holds a link; SETTINGS_UNWRITABLE.
 */
export function trustProject(root: string, path: string, now: number): TrustedProject {
  const project = realPathOr(path);
  const folder = projectHandlers(project);
  const read =
    realPathOr(folder) === folder ? digestFolder(folder) : { problem: 'a link leads to it' };
  if (read.problem !== undefined)
    throw new WaymarkError('HANDLER_REFUSED', `Cannot trust ${folder}: ${read.problem}`);
  const others = readTrusted(trustFile(root)).filter((other) => other.project !== project);
  const before = readTrusted(trustFile(root)).find((other) => other.project === project);
  const label = before?.label ?? freeLabel(project, new Set(others.map((other) => other.label)));
  const trusted = { project, label, trustedAt: isoTime(now), files: read.digest };
  writeTrusted(root, [...others, trusted]);
  return trusted;
}

/** Runs nothing of a project any more. @returns whether it was trusted. */
export function untrustProject(root: string, path: string): boolean {
  const known = readTrusted(trustFile(root));
  const project = known.some((one) => one.project === path) ? path : realPathOr(path); // the folder may be gone
  const rest = known.filter((one) => one.project !== project);
  if (rest.length === known.length) return false;
  writeTrusted(root, rest);
  return true;
}

function writeTrusted(root: string, projects: readonly TrustedProject[]): void {
  const entries = projects.map(
    ({ project, label, trustedAt, files }) =>
      [project, { label, trusted_at: trustedAt, files }] as const,
  );
  try {
    makePrivateFolder(root);
    replaceFile(
      trustFile(root),
      `${JSON.stringify({ version: 1, projects: Object.fromEntries(entries) }, null, 2)}\n`,
      { mode: 0o600 },
    );
  } catch (error) {
    throw new WaymarkError(
      'SETTINGS_UNWRITABLE',
      `Cannot write ${trustFile(root)}: ${errnoOf(error) || reasonOf(error)}`,
      { cause: error },
    );
  }
}

function trustedProject(project: string, value: JsonObject): TrustedProject {
  const files = Object.entries(objectField(value, 'files')).map(
    ([name, hash]) => [name, String(hash)] as const,
  );
  return {
    project,
    label: stringField(value, 'label') ?? labelOf(project),
    trustedAt: stringField(value, 'trusted_at') ?? '',
    files: Object.fromEntries(files),
  };
}

function freeLabel(project: string, taken: ReadonlySet<string>): string {
  const label = labelOf(project);
  for (let count = 2; ; count += 1) {
    const next = count === 2 && !taken.has(label) ? label : `${label}-${count}`;
    if (!taken.has(next)) return next;
  }
}

function labelOf(project: string): string {
  return basename(project).replace(/[^\w.-]+/g, '-') || 'root';
}

function isMine({ mode, uid }: { readonly mode: number; readonly uid: number }): boolean {
  return process.platform === 'win32' || ((mode & 0o022) === 0 && uid === process.getuid?.());
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    return ''; // unreadable: nothing is trusted
  }
}
