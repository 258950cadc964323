import { mkdirSync } from 'node:fs';
import { reasonOf } from '../core/errors.ts';
import { removeEmptyFolder } from '../queue/recover.ts';
import { type Listener, listen } from '../queue/wakeup/listen.ts';

export interface WakePipeOptions {
  readonly wakeFolder: string;
  /** `queue/processing`. */
  readonly processing: string;
  readonly newId: () => string;
  readonly onRing: () => void;
  readonly onQuit: () => void;
}

/**
 * A worker's identity: a random id, its pipe `wake/<id>` that proves it alive, and its folder `processing/<id>`. The pipe comes
 * first and goes last, so that a folder without a live pipe is always an orphan's.
 */
export class WakePipe {
  readonly #options: WakePipeOptions;
  #listener: Listener | undefined;
  #id = '';
  #trouble: string | undefined;

  constructor(options: WakePipeOptions) {
    this.#options = options;
  }

  get id(): string {
    return this.#id;
  }

  /** `processing/<id>`. */
  get holding(): string {
    return `${this.#options.processing}/${this.#id}`;
  }

  /** Why there is no pipe, if there is none. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  get isListening(): boolean {
    return this.#listener !== undefined;
  }

  /** Takes a new id; without named pipes the worker goes on by watching and scanning. @throws when the state folder is missing. */
  open(useEventLoop: boolean): void {
    this.#id = this.#options.newId();
    this.#trouble = useEventLoop ? undefined : 'the event loop is switched off';
    mkdirSync(this.#options.wakeFolder, { recursive: true, mode: 0o700 });
    try {
      const onError = (error: Error): void => this.#lose(error.message);
      if (useEventLoop)
        this.#listener = listen(this.#options.wakeFolder, this.#id, {
          onRing: this.#options.onRing,
          onQuit: this.#options.onQuit,
          onError,
        });
    } catch (error) {
      this.#trouble = `no named pipe: ${reasonOf(error)}`;
    }
    mkdirSync(this.holding, { recursive: true, mode: 0o700 });
  }

  /** Reads no rings until {@link resume}. */
  pause(): void {
    this.#listener?.pause();
  }

  resume(): void {
    this.#listener?.resume();
  }

  /** Whether the pipe was removed or replaced: then this worker counts as dead and must take a new id. */
  isLost(): boolean {
    return this.#listener !== undefined && !this.#listener.isIntact();
  }

  /** Leaves: the folder first, then the pipe. Entries that are still held are the orphan recovery's. */
  close(): void {
    removeEmptyFolder(this.holding);
    this.#listener?.close();
    this.#listener = undefined;
  }

  #lose(reason: string): void {
    this.#trouble = `the pipe failed: ${reason}`;
    this.#listener?.close();
    this.#listener = undefined;
    this.#options.onRing();
  }
}
