import type { ActionContext } from '../../actions/action-context.ts';
import type { StoreWatch } from './store-watch.ts';

/** What every route works with. */
export interface DashboardPlace extends ActionContext {
  readonly sleep: (ms: number) => Promise<void>;
  readonly watch: StoreWatch;
  /** What a person types here for `waymark`. */
  readonly ownCommand: () => string;
  /** Returns a text with the commands in its backticks as a person types them here. */
  readonly runnable: (text: string) => string;
  /** A path with the key that opens it in a tab of its own, and nothing else. */
  readonly signPath: (path: string) => string;
  /** Ends everything that is still being answered. */
  readonly signal: AbortSignal;
}
