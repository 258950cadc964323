import { ForksPoolWorker, type PoolRunnerInitializer } from 'vitest/node';

/** Bytes of JavaScript objects after which no further test file runs in a process. */
const MAX_HEAP_BYTES = 120e6;

/**
 * The pool `forks` without isolation, except that a worker process that has grown is replaced.
 * Starting a program copies the page tables of the process that starts it: 15 ms at 300 MB, 37 ms
 * at 800 MB, ten times what `git` or `sh` itself takes. Tests start thousands.
 */
export function smallForks(): PoolRunnerInitializer {
  return {
    name: 'small-forks',
    createPoolWorker: (options) => new SmallFork(options),
  };
}

class SmallFork extends ForksPoolWorker {
  override readonly name = 'small-forks';
  /** Asks the process to say after each file how much it holds. */
  readonly reportMemory = true;
  #heapBytes = 0;

  override deserialize(message: unknown): unknown {
    if (typeof message === 'object' && message !== null && 'usedMemory' in message)
      this.#heapBytes = Number(message.usedMemory ?? 0);
    return super.deserialize(message);
  }

  canReuse(): boolean {
    return this.#heapBytes < MAX_HEAP_BYTES;
  }
}
