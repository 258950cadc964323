import { statSync } from 'node:fs';
import { type Config, type ResolvedConfig, resolveConfig } from '../config/resolve.ts';
import type { Log } from '../core/log.ts';

export interface LiveConfigOptions {
  readonly file: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly flags: Readonly<Record<string, unknown>>;
  readonly log: Log;
}

/**
 * Settings that follow their file: a change applies at the next check. An invalid file changes
 * nothing and is logged.
 */
export class LiveConfig {
  readonly #options: LiveConfigOptions;
  /**
   * Problems of the environment and the flags. They cannot change, so they do not make a file
   * invalid.
   */
  readonly #standing: readonly string[];
  #current: ResolvedConfig;
  #seen: string;

  constructor(options: LiveConfigOptions) {
    this.#options = options;
    this.#seen = stateOf(options.file);
    this.#standing = resolveConfig({
      environment: options.environment,
      flags: options.flags,
    }).problems;
    this.#current = this.#resolve();
    for (const problem of this.#current.problems) options.log('warn', 'CONFIG_INVALID', problem);
  }

  get values(): Config {
    return this.#current.values;
  }

  /** Reads the file again if it changed; costs one `stat`. */
  refresh(): void {
    const state = stateOf(this.#options.file);
    if (state === this.#seen) return;
    this.#seen = state;
    const next = this.#resolve();
    const problems = next.problems.filter((problem) => !this.#standing.includes(problem));
    if (problems.length > 0) {
      for (const problem of problems)
        this.#options.log('error', 'CONFIG_INVALID', `${problem}; the settings stay as they were`);
      return;
    }
    this.#current = next;
    this.#options.log(
      'info',
      'CONFIG_CHANGED',
      `Settings were read again from ${this.#options.file}`,
    );
  }

  #resolve(): ResolvedConfig {
    return resolveConfig({
      environment: this.#options.environment,
      userFile: this.#options.file,
      flags: this.#options.flags,
    });
  }
}

function stateOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? 'none' : `${found.ino} ${found.mtimeMs} ${found.size}`;
}
