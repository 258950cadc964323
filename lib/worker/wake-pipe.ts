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
 * The identity of a worker: a random id, its pipe `wake/<id>`, which proves that it is alive, and
 * its folder `processing/<id>`. The pipe is created first and deleted last, so that a folder
 * without a live pipe always belongs to a dead worker.
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

  /**
   * Takes a new id. Without named pipes, the worker relies on watching and scanning.
   * @throws if the state folder is missing.
   */
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

  /**
   * Whether the pipe was deleted or replaced. Then this worker counts as dead and must take a new
   * id.
   */
  isLost(): boolean {
    return this.#listener !== undefined && !this.#listener.isIntact();
  }

  /** Deletes the folder first, then the pipe. Recovery returns entries that are still held. */
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
