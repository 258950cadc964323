import { execFile } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync, statSync, writeSync } from 'node:fs';
import { errnoOf, reasonOf } from '../../core/errors.ts';
import type { Notice } from './notify.ts';

/** How notices are shown: by the desktop, or by the terminal in which Claude Code runs. */
export type NoticeWay = 'desktop' | 'terminal';

export interface NoticePlace {
  readonly way: NoticeWay;
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A program that does not answer is ended. */
const TIME_LIMIT_MS = 5_000;

/**
 * Shows a notice. Its texts are data everywhere: no markup of the desktop, no script, no escape
 * sequence of the terminal.
 * @returns why it could not be shown, or `undefined`. Never rejects.
 */
export function showNotice(notice: Notice, place: NoticePlace): Promise<string | undefined> {
  if (place.way === 'terminal') return Promise.resolve(writeToTerminal(notice));
  return place.platform === 'darwin'
    ? run('osascript', appleScript(notice), place.environment)
    : run('notify-send', notifySend(notice), withBus(place.environment));
}

/** The body may hold markup, so its signs are escaped; the title may not. */
function notifySend({ title, text }: Notice): readonly string[] {
  const body = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return ['--app-name=waymark', '--', title, body];
}

/** The texts are arguments of the script, never a part of it. */
function appleScript({ title, text }: Notice): readonly string[] {
  const lines = [
    'on run argv',
    'display notification (item 1 of argv) with title (item 2 of argv)',
    'end run',
  ];
  return [...lines.flatMap((line) => ['-e', line]), '--', text, title];
}

/** A worker that a hook started has no address of the session bus: it is where systemd puts it. */
function withBus(environment: NoticePlace['environment']): NoticePlace['environment'] {
  const { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: folder } = environment;
  if (address !== undefined || folder === undefined) return environment;
  const isThere = statSync(`${folder}/bus`, { throwIfNoEntry: false })?.isSocket() === true;
  return isThere
    ? { ...environment, DBUS_SESSION_BUS_ADDRESS: `unix:path=${folder}/bus` }
    : environment;
}

function run(
  program: string,
  args: readonly string[],
  environment: NoticePlace['environment'],
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { env: { ...environment }, timeout: TIME_LIMIT_MS, maxBuffer: 65_536 };
    execFile(program, args, options, (error) => {
      if (error === null) resolve(undefined);
      else if (errnoOf(error) === 'ENOENT') resolve(`${program} was not found`);
      else resolve(`${program}: ${error.killed === true ? 'it took too long' : exitOf(error)}`);
    });
  });
}

function exitOf({ code, signal }: { readonly code?: unknown; readonly signal?: unknown }): string {
  return typeof code === 'number' ? `exit status ${code}` : `ended by ${String(signal ?? code)}`;
}

/** OSC 9: iTerm2, kitty, WezTerm, Ghostty, Windows Terminal and others show it. */
function writeToTerminal({ title, text, terminal }: Notice): string | undefined {
  if (terminal === undefined) return 'the terminal of the session is not known';
  const { O_WRONLY, O_NOCTTY, O_NONBLOCK } = constants;
  try {
    const fd = openSync(terminal, O_WRONLY | O_NOCTTY | O_NONBLOCK);
    try {
      if (!fstatSync(fd).isCharacterDevice()) return `${terminal} is not a terminal`;
      writeSync(fd, `\u001b]9;${plain(`${title}: ${text}`)}\u0007`);
      return undefined;
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return reasonOf(error);
  }
}

function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}
