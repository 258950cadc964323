import { execFileSync } from 'node:child_process';
import { closeSync, constants, lstatSync, openSync, renameSync } from 'node:fs';
import { Socket } from 'node:net';
import { removeQuietly } from '../../core/files.ts';
import { errnoOf } from '../../core/errors.ts';
import { QUIT } from './ring.ts';

/** How much is read from the pipe at once. */
const READ_BYTES = 4_096;

/** A pipe that wakes this process. */
export interface Listener {
  /** Whether `wake/<worker>` is still the pipe that was opened here. */
  isIntact(): boolean;
  /** Removes the pipe, if it is still ours, and stops listening. */
  close(): void;
  /** Reads nothing until {@link resume}: rings stay in the pipe, and the pipe stays alive. */
  pause(): void;
  resume(): void;
}

export interface ListenerEvents {
  readonly onRing: () => void;
  /** This worker is asked to stop. */
  readonly onQuit: () => void;
  readonly onError: (error: Error) => void;
}

/**
 * Makes `wake/<worker>` and listens on it. The pipe is made and opened under a hidden name and only then renamed into view,
 * so no process rings a pipe without a reader. It is opened for reading and writing: else the first writer that leaves would end it.
 * Reading goes through `net.Socket`, which waits in the event loop; `createReadStream` would park a pool thread for ever.
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
      if (isIntact()) removeQuietly(visible); // whatever the disk says: what stays open would keep this process alive for ever
      socket.destroy();
    },
  };
}

/** Opens the pipe and renames it into view. On any failure nothing stays open (it would keep this process alive for ever) and no pipe is left. */
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
    return undefined; // removed by another process
  }
}
