import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ReplacedFiles } from '../../../../lib/snapshots/restore/replaced-files.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const OWN = '/proc/self/fd';

/** How often this process has a file open. */
function openings(path: string): number {
  return readdirSync(OWN).filter((fd) => targetOf(fd) === path).length;
}

function targetOf(fd: string): string | undefined {
  try {
    return readlinkSync(`${OWN}/${fd}`);
  } catch {
    return undefined; // that of the list itself
  }
}

it.skipIf(!existsSync(OWN))(
  'are closed, however many they are, and neither a pipe nor a missing one is waited for',
  async () => {
    const pipe = `${tempFolder()}/pipe`;
    execFileSync('mkfifo', [pipe]);
    const old = new ReplacedFiles();
    old.hold(Buffer.from(`${pipe}-missing`));
    let most = 0;
    for (let n = 0; n < 200; n += 1) {
      old.hold(Buffer.from(pipe));
      most = Math.max(most, openings(pipe));
      await old.closeMany();
    }
    expect(most).toBe(64);
    await old.closeAll();
    expect(openings(pipe)).toBe(0);
  },
);
