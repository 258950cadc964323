import type { Clock } from '../core/clock.ts';
import type { StateFolder } from '../core/state-folder.ts';

/** What every action works with, whichever face calls it. There is no terminal in it. */
export interface ActionContext {
  readonly folder: StateFolder;
  /** Configures as it does everywhere, and names the session that runs around us. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}
