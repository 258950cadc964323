import { spawn } from 'node:child_process';
import { makePrivateFolder, type StateFolder } from '../core/state-folder.ts';
import { replaceFile } from '../core/replace-file.ts';

/**
 * Opens the dashboard in the user's browser. The address has the token in it, and every user of the
 * machine can read command lines, so the browser is given a private file that leads there.
 */
export function openDashboard({ root }: StateFolder, address: string): void {
  const folder = `${root}/dashboard`;
  makePrivateFolder(folder);
  const file = `${folder}/open.html`;
  const page = `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=${address}"><title>waymark</title>\n`;
  replaceFile(file, page, { mode: 0o600, fsync: false });
  const [program = '', ...args] = opener(process.platform, file);
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  child.on('error', () => undefined); // the printed address is there to be used by hand
  child.unref();
}

function opener(platform: string, file: string): readonly string[] {
  if (platform === 'darwin') return ['open', file];
  if (platform === 'win32') return ['cmd', '/c', 'start', '', file];
  return ['xdg-open', file];
}
