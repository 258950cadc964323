import { execFileSync } from 'node:child_process';
import { closeSync, constants, lstatSync, openSync, renameSync } from 'node:fs';
import { Socket } from 'node:net';
import { removeQuietly } from '../../core/files.ts';
import { errnoOf } from '../../core/errors.ts';
import { QUIT } from './ring.ts';

/** Bytes to read from the pipe at once. */
const READ_BYTES = 4_096;

/** A pipe that wakes this process. */
export interface Listener {
  /** Whether `wake/<worker>` is still the pipe that was opened here. */
  isIntact(): boolean;
  /** Deletes the pipe, if it is still ours, and stops listening. */
  close(): void;
  /** Reads nothing until {@link resume}: rings stay in the pipe, and the pipe stays open. */
  pause(): void;
  resume(): void;
}

export interface ListenerEvents {
  readonly onRing: () => void;
  /** Another process asked this worker to stop. */
  readonly onQuit: () => void;
  readonly onError: (error: Error) => void;
}

/**
 * Creates `wake/<worker>` and listens on it. Creates and opens the pipe under a hidden name, then
 * renames it, so that no process rings a pipe without a reader. Opens it for reading and writing;
 * else it would end when the first writer closes it. Reads through `net.Socket`, which waits in the
 * event loop; `createReadStream` would block a thread of the pool for ever.
 * @throws where there are no named pipes (Windows, some network file systems).
 */
export function listen(wakeFolder: string, worker: string, events: ListenerEvents): Listener {
  const hidden = `${wakeFolder}/.${worker}`;
  const visible = `${wakeFolder}/${worker}`;
  execFileSync('mkfifo', ['-m', '600', hidden], { stdio: 'ignore' });
  const { socket, inode } = show(hidden, visible, (bytes) => {
    if (bytes.includes(QUIT.charCodeAt(0))) events.onQuit();
    events.onRing();
  });
  socket.on('error', events.onError);
  const isIntact = (): boolean => fifoInode(visible) === inode;
  return {
    isIntact,
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    close: () => {
      // Whatever the disk reports: an open descriptor would keep this process alive for ever.
      if (isIntact()) removeQuietly(visible);
      socket.destroy();
    },
  };
}

/**
 * Opens the pipe and renames it into `wake/`. After a failure no descriptor stays open (it would
 * keep this process alive for ever) and no pipe is left.
 */
function show(
  hidden: string,
  visible: string,
  onBytes: (bytes: Uint8Array) => void,
): { readonly socket: Socket; readonly inode: number } {
  let socket: Socket | undefined;
  try {
    const buffer = new Uint8Array(READ_BYTES);
    const callback = (count: number): boolean => {
      onBytes(buffer.subarray(0, count));
      return true;
    };
    socket = new Socket({
      fd: openHidden(hidden),
      readable: true,
      writable: false,
      onread: { buffer, callback },
    });
    const inode = lstatSync(hidden).ino;
    renameSync(hidden, visible);
    return { socket, inode };
  } catch (error) {
    socket?.destroy();
    removeQuietly(hidden);
    throw error;
  }
}

function openHidden(path: string): number {
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  if (lstatSync(path).isFIFO()) return fd;
  closeSync(fd);
  throw new Error(`Cannot listen on ${path}: not a named pipe`);
}

function fifoInode(path: string): number | undefined {
  try {
    const found = lstatSync(path);
    return found.isFIFO() ? found.ino : undefined;
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    return undefined; // Deleted by another process.
  }
}
