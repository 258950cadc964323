import { readStatusLine } from '../features/statusline/run-status-line.ts';
import type { ActionContext } from './action-context.ts';

/**
 * Returns the status line for what the client gives on standard input, as the installed one prints
 * it. An action, because it tells the worker of a window that it does not know yet.
 */
export function showStatusLine({ environment }: Pick<ActionContext, 'environment'>): string {
  return readStatusLine(environment);
}
