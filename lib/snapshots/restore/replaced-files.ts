import { close, constants, openSync } from 'node:fs';
import { promisify } from 'node:util';

/**
 * Opens a file only to name it: reads nothing of it, waits for no pipe, needs no permission. Not
 * among the constants of Node, the same on all machines for which Node has builds.
 */
const O_PATH = process.platform === 'linux' ? 0o10_000_000 : undefined;

/** As many are freed at once; a process may have 1,024 files open, often no more. */
const MAX_OPEN = 64;

const closeFile = promisify(close);

/**
 * Files that lose their name. The kernel frees the blocks of a file with its last name, within the
 * call that takes that name: on a busy ext4 each such call waits for the disk. A file that is open
 * meanwhile loses only its name, and its blocks when it is closed, in threads of their own.
 */
export class ReplacedFiles {
  #open: number[] = [];

  /** Call it before the last look at the file. The path may be that of a descriptor. */
  hold(at: Buffer): void {
    if (O_PATH === undefined) return;
    try {
      this.#open.push(openSync(at, O_PATH | constants.O_NOFOLLOW));
    } catch {
      // Without it, the call that takes the name frees the blocks.
    }
  }

  /** Closes them once they are many. */
  async closeMany(): Promise<void> {
    if (this.#open.length >= MAX_OPEN) await this.closeAll();
  }

  async closeAll(): Promise<void> {
    const all = this.#open;
    this.#open = [];
    await Promise.all(all.map((fd) => closeFile(fd).catch(() => undefined)));
  }
}
