import { execFileSync } from 'node:child_process';
import { closeSync, constants, lstatSync, openSync, renameSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { errnoOf } from '../core/errors.ts';
import { QUIT } from './ring.ts';

/** A pipe that wakes this process. */
export interface Listener {
  /** Whether `wake/<worker>` is still the pipe that was opened here. */
  isIntact(): boolean;
  /** Removes the pipe, if it is still ours, and stops listening. */
  close(): void;
}

export interface ListenerEvents {
  readonly onRing: () => void;
  /** Somebody asks this worker to finish. */
  readonly onQuit: () => void;
  readonly onError: (error: Error) => void;
}

/**
 * Makes `wake/<worker>` and listens on it. The pipe is made and opened under a hidden name and only then renamed into view,
 * so nobody ever rings a pipe without a reader. It is opened for reading and writing: else the first writer that leaves would end it.
 * Reading goes through `net.Socket`, which waits in the event loop; `createReadStream` would park a pool thread for ever.
 * @throws where there are no named pipes (Windows, some network file systems).
 */
export function listen(wakeFolder: string, worker: string, events: ListenerEvents): Listener {
  const hidden = `${wakeFolder}/.${worker}`;
  const visible = `${wakeFolder}/${worker}`;
  execFileSync('mkfifo', ['-m', '600', hidden], { stdio: 'ignore' });
  const fd = openHidden(hidden);
  const inode = lstatSync(hidden).ino;
  const socket = new Socket({ fd, readable: true, writable: false });
  socket.on('data', (bytes) => {
    if (bytes.includes(QUIT)) events.onQuit();
    events.onRing();
  });
  socket.on('error', events.onError);
  renameSync(hidden, visible);
  const isIntact = (): boolean => inodeOf(visible) === inode;
  return {
    isIntact,
    close: () => {
      if (isIntact()) rmSync(visible, { force: true });
      socket.destroy();
    },
  };
}

function openHidden(path: string): number {
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  if (lstatSync(path).isFIFO()) return fd;
  closeSync(fd);
  throw new Error(`Cannot listen on ${path}: not a named pipe`);
}

function inodeOf(path: string): number | undefined {
  try {
    const found = lstatSync(path);
    return found.isFIFO() ? found.ino : undefined;
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    return undefined; // somebody removed it
  }
}
