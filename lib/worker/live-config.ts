import { statSync } from 'node:fs';
import { type Config, type ResolvedConfig, resolveConfig } from '../config/resolve.ts';
import type { Log } from '../core/log.ts';

export interface LiveConfigOptions {
  readonly file: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly flags: Readonly<Record<string, unknown>>;
  readonly log: Log;
}

/** Settings that follow their file: a change counts at the next look, a file that cannot be used changes nothing and is named. */
export class LiveConfig {
  readonly #options: LiveConfigOptions;
  /** What is wrong with the environment and the flags: they do not change, so they refuse no file. */
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

  /** Looks whether the file changed; one `stat`. */
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
