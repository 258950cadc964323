import { randomBytes } from 'node:crypto';
import {
  linkSync,
  lstatSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { removeQuietly } from '../core/files.ts';
import { errnoOf, reasonOf, WaymarkError } from '../core/errors.ts';
import { quoteForShell } from '../core/shell-word.ts';
import { makePrivateFolder, requirePrivateFolder, type StateFolder } from '../core/state-folder.ts';

/** 256 random bits as base64url. */
const TOKEN = /^[\w-]{43}$/;

/** Where the token is kept: only this user can read it. */
function tokenFile({ root }: StateFolder): string {
  return `${root}/dashboard/token`;
}

/**
 * The token that opens the dashboard and `/metrics`. The first call makes one; it stays the same
 * until {@link renewDashboardToken}, so that open tabs and scrape configurations keep working after
 * a restart. Processes that call this at once all get the same token.
 * @throws {@link WaymarkError} HOME_UNUSABLE when other users could read the state folder.
 */
export function dashboardToken(folder: StateFolder): string {
  makePrivateFolder(folder.root);
  requirePrivateFolder(folder.root);
  const file = tokenFile(folder);
  const known = readToken(file);
  if (known !== undefined) return known;
  writeToken(file, 'keep', () => rmSync(file, { force: true })); // damaged, or others could read it
  return readToken(file) ?? dashboardToken(folder);
}

function unusable(file: string, cause: unknown): WaymarkError {
  const isFolder = lookAt(file)?.isDirectory() === true;
  const reason = isFolder ? 'it is a folder' : reasonOf(cause);
  return new WaymarkError('HOME_UNUSABLE', `Cannot write the token ${file}: ${reason}`, {
    cause,
    remedy: isFolder
      ? `Move it away: \`mv ${quoteForShell(file)} ${quoteForShell(`${file}.old`)}\``
      : `Look at its folder: \`ls -la ${quoteForShell(dirname(file))}\``,
  });
}

/** Replaces the token: every tab and every scraper that has the old one is locked out. */
export function renewDashboardToken(folder: StateFolder): string {
  makePrivateFolder(folder.root);
  requirePrivateFolder(folder.root);
  return writeToken(tokenFile(folder), 'replace');
}

/** `undefined` when there is none, when it is damaged, and when other users could read it. */
function readToken(file: string): string | undefined {
  const found = lookAt(file);
  if (found?.isFile() !== true) return undefined;
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) return undefined;
  const text = readFileSync(file, 'utf8').trim();
  return TOKEN.test(text) ? text : undefined;
}

function lookAt(file: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined; // a plain file has the name of its folder
  }
}

/**
 * Writes a new token in one step.
 * @param existing `keep` leaves a token that another process made meanwhile.
 * @param prepare what is done first, and fails for the same reasons.
 * @throws {@link WaymarkError} HOME_UNUSABLE with what is in the way.
 */
function writeToken(file: string, existing: 'keep' | 'replace', prepare?: () => void): string {
  const token = randomBytes(32).toString('base64url');
  const draft = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    makePrivateFolder(dirname(file));
    prepare?.();
    writeFileSync(draft, `${token}\n`, { mode: 0o600, flag: 'wx' });
    placeToken(draft, file, existing);
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    throw unusable(file, error);
  } finally {
    removeQuietly(draft);
  }
  return token;
}

function placeToken(draft: string, file: string, existing: 'keep' | 'replace'): void {
  try {
    if (existing === 'replace') renameSync(draft, file);
    else linkSync(draft, file);
  } catch (error) {
    // EEXIST: another process was first. Others: the file system has no hard links.
    if (existing === 'replace') throw error;
    if (errnoOf(error) !== 'EEXIST') renameSync(draft, file);
  }
}
