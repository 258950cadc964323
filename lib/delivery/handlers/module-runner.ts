import type { DeliveryResult } from '../subscription.ts';
import { abortReason } from './abort-reason.ts';
import {
  type Loaded,
  type ModuleOrder,
  ModuleProcess,
  type ModuleProcessOptions,
} from './module-process.ts';

export interface ModuleRunnerOptions extends ModuleProcessOptions {
  /** Milliseconds without work after which the process ends. */
  readonly idleMs: number;
}

/**
 * Runs the handlers of one module. Its process starts with the first work, ends when idle, and
 * starts again after a crash.
 */
export class ModuleRunner {
  readonly #options: ModuleRunnerOptions;
  #process: ModuleProcess | undefined;
  #active = 0;
  #idle: NodeJS.Timeout | undefined;
  #isRetired = false;

  constructor(options: ModuleRunnerOptions) {
    this.#options = options;
  }

  /** Returns what the module exports, or why it cannot be loaded. Never rejects. */
  describe(): Promise<Loaded> {
    return this.#during((process) => process.loaded);
  }

  /** Never rejects. */
  handle(order: ModuleOrder): Promise<DeliveryResult> {
    return this.#during(async (process) => {
      const loaded = await Promise.race([process.loaded, aborted(order.signal)]);
      if (loaded === 'aborted')
        return {
          state: 'failed',
          reason: `${abortReason(order.signal)} while its module was loaded`,
        };
      if (loaded.problem !== undefined)
        return { state: 'failed', reason: `Cannot load its module: ${loaded.problem}` };
      return process.handle(order);
    });
  }

  /** No new work follows: the process ends after its last running attempt. */
  retire(): void {
    this.#isRetired = true;
    if (this.#active === 0) void this.close();
  }

  /** Ends its process at once. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const ended = this.#process;
    this.#process = undefined;
    await ended?.end();
  }

  async #during<T>(use: (process: ModuleProcess) => Promise<T>): Promise<T> {
    clearTimeout(this.#idle);
    if (this.#process === undefined || this.#process.isGone)
      this.#process = new ModuleProcess(this.#options);
    this.#active += 1;
    try {
      return await use(this.#process);
    } finally {
      this.#active -= 1;
      if (this.#active === 0) this.#rest();
    }
  }

  #rest(): void {
    if (this.#isRetired) return void this.close();
    this.#idle = setTimeout(() => void this.close(), this.#options.idleMs);
    this.#idle.unref();
  }
}

function aborted(signal: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('aborted');
    else signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
}
