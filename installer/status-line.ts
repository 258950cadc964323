import { existsSync, readFileSync, rmSync } from 'node:fs';
import {
  findStatusLine,
  mergeStatusLine,
  type OwnLineTest,
  removeStatusLine,
} from '../lib/claude/settings/status-line.ts';
import { SCOPES, resolveSettingsPath, type Scope } from '../lib/claude/settings/settings-path.ts';
import { isJsonObject, type JsonObject, parseJsonObject } from '../lib/core/json.ts';
import { replaceFile } from '../lib/core/replace-file.ts';
import { makePrivateFolder, realPathOr } from '../lib/core/state-folder.ts';
import { STATUS_LINE } from '../lib/hook/manifest.ts';
import type { InstallRecord } from './install-record.ts';
import { quoteForShell } from '../lib/core/shell-word.ts';
import { readSettingsFile, resolveLinks } from './settings-file.ts';
import type { InstallerContext } from './installer-context.ts';

/** What becomes of the status line of one settings file. */
export interface StatusLinePlan {
  /** Of the whole settings file. */
  readonly text: string;
  /** Whether ours is in it then. */
  readonly isIn: boolean;
  /** The setting without ours, byte for byte; absent if there was none. */
  readonly own: string | undefined;
  /** Why ours cannot be put there. */
  readonly warning: string | undefined;
}

/**
 * What the text of a settings file becomes when our status line is wanted, or not. A line of the
 * user's is run by ours, which prints it first.
 * @throws {@link WaymarkError} SETTINGS_INVALID.
 */
export function planStatusLine(
  text: string,
  isWanted: boolean,
  record: InstallRecord | undefined,
  file: string,
  context: InstallerContext,
): StatusLinePlan {
  const isOurs = createOwnLineTest(context);
  const found = findStatusLine(text, file);
  const isIn = found?.command !== undefined && isOurs(found.command);
  const own = isIn ? record?.ownStatusLine : found?.raw;
  if (!isWanted)
    return {
      text: removeStatusLine(text, isOurs, own, file),
      isIn: false,
      own: undefined,
      warning: undefined,
    };
  if (found !== undefined && found.command === undefined) {
    const warning = `The statusLine in ${file} has an unknown form. It is kept, and that of waymark is not added.`;
    return { text, isIn: false, own: undefined, warning };
  }
  return {
    text: mergeStatusLine(text, entryFor(own, context), file),
    isIn: true,
    own,
    warning: undefined,
  };
}

/** Recognises our line by what it runs, whichever spelling of the state folder it names. */
export function createOwnLineTest({
  folder,
  platform,
  node,
}: Pick<InstallerContext, 'folder' | 'platform' | 'node'>): OwnLineTest {
  const commands = new Set(
    [folder.bin, realPathOr(folder.bin)].map((bin) => commandIn(bin, platform, node)),
  );
  const windows = [folder.bin, realPathOr(folder.bin)].map(
    (bin) => ` "${bin}/${STATUS_LINE.name}.cjs"`,
  );
  return (command) =>
    commands.has(command) || windows.some((end) => platform === 'win32' && command.endsWith(end));
}

/** Ours takes over padding and refresh interval of the user's line. */
function entryFor(
  own: string | undefined,
  { folder, platform, node }: InstallerContext,
): JsonObject {
  const { padding, refreshInterval } = (own === undefined ? undefined : parseJsonObject(own)) ?? {};
  return {
    type: 'command',
    command: commandIn(folder.bin, platform, node),
    ...(typeof padding === 'number' ? { padding } : {}),
    refreshInterval:
      typeof refreshInterval === 'number' ? refreshInterval : STATUS_LINE.refreshInterval,
  };
}

/** A shell reads this command, other than that of a hook. */
function commandIn(bin: string, platform: string, node: string): string {
  return platform === 'win32'
    ? `"${node}" "${bin}/${STATUS_LINE.name}.cjs"`
    : quoteForShell(`${bin}/${STATUS_LINE.name}`);
}

/** Records the command that our status line replaces and has to run; nothing if there was none. */
export function saveWrappedLine(
  scope: Scope,
  target: string,
  own: string | undefined,
  context: InstallerContext,
): void {
  const command = own === undefined ? inherited(scope, context) : commandOf(own);
  writeWrapped(context, [
    ...otherWrapped(target, context),
    ...(command === undefined ? [] : [{ scope, file: target, command }]),
  ]);
}

/** Forgets the recorded status line of `target`. */
export function removeWrappedLine(target: string, context: Pick<InstallerContext, 'folder'>): void {
  if (existsSync(wrappedFile(context))) writeWrapped(context, otherWrapped(target, context));
}

function wrappedFile({ folder }: Pick<InstallerContext, 'folder'>): string {
  return `${folder.root}/statusline.json`;
}

function otherWrapped(
  target: string,
  context: Pick<InstallerContext, 'folder'>,
): readonly JsonObject[] {
  const file = wrappedFile(context);
  const kept = existsSync(file)
    ? parseJsonObject(readFileSync(file, 'utf8'))?.['wrapped']
    : undefined;
  return Array.isArray(kept)
    ? kept.filter(isJsonObject).filter((entry) => entry['file'] !== target)
    : [];
}

function writeWrapped(
  context: Pick<InstallerContext, 'folder'>,
  wrapped: readonly JsonObject[],
): void {
  const file = wrappedFile(context);
  if (wrapped.length === 0) {
    rmSync(file, { force: true });
    return;
  }
  const text = `${JSON.stringify({ format: 1, wrapped }, null, 2)}\n`;
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  makePrivateFolder(context.folder.root);
  replaceFile(file, text, { mode: 0o600 });
}

/**
 * In a stronger settings file ours hides the line of a weaker one: then that is what it has to run.
 */
function inherited(scope: Scope, context: InstallerContext): string | undefined {
  const weaker = SCOPES.slice(0, SCOPES.indexOf(scope)).reverse(); // from the strongest
  const command = weaker
    .map((other) => commandAt(other, context))
    .find((found) => found !== undefined);
  return command === undefined || createOwnLineTest(context)(command) ? undefined : command;
}

function commandAt(scope: Scope, context: InstallerContext): string | undefined {
  try {
    return findStatusLine(
      readSettingsFile(
        resolveLinks(resolveSettingsPath(scope, context.environment, context.cwd)),
      ) ?? '',
    )?.command;
  } catch {
    return undefined; // not to be read by any client either
  }
}

function commandOf(raw: string): string | undefined {
  return findStatusLine(`{"statusLine":${raw}}`)?.command;
}
