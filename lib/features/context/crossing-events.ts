import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import type { ContextFigures } from './figures.ts';
import { readContextFills } from './fills.ts';
import { chooseCareThreshold } from './thresholds.ts';

export interface Crossing {
  readonly session: string;
  readonly epoch: number;
  readonly figures: ContextFigures;
  /** All configured thresholds, ascending. */
  readonly thresholds: readonly number[];
  /** The thresholds crossed just now, ascending; at least one. */
  readonly crossed: readonly number[];
  /** How many operations the hooks counted. */
  readonly operations: number;
  readonly git:
    | { readonly head?: string | undefined; readonly branch?: string | undefined }
    | undefined;
}

/** Most entries of a list in an event. */
const MAX = 5;

/**
 * Creates the events for crossed thresholds: an alert for each; from the second threshold on, what
 * fills the window and what can be removed, and one checkpoint while there is room.
 */
export function createCrossingEvents(
  database: Database,
  crossing: Crossing,
): readonly EventDraft[] {
  const { crossed, thresholds } = crossing;
  const care = chooseCareThreshold(thresholds);
  const highest = crossed.at(-1) ?? 0;
  return [
    ...crossed.map((threshold) => alert(crossing, threshold)),
    ...(highest >= care ? [cleanupNeeded(database, crossing, highest)] : []),
    ...(crossed.includes(care) ? [checkpoint(crossing)] : []),
  ];
}

function alert(crossing: Crossing, threshold: number): EventDraft {
  const { figures, session } = crossing;
  const message = `The context of session ${session} is ${figures.percent} % full`;
  return draft('system.health_alert', PRIORITY.urgent, crossing, {
    reason: 'context',
    threshold,
    message,
  });
}

/** Sizes are estimates; the texts are not read again. */
function cleanupNeeded(database: Database, crossing: Crossing, threshold: number): EventDraft {
  const fills = readContextFills(database, crossing.session, MAX);
  return draft('system.cleanup_needed', PRIORITY.normal, crossing, {
    threshold,
    fills: fills.byTool().map(({ tool, results, tokens }) => ({ tool, results, tokens })),
    largest: fills.largest(),
    may_go: fills.outdated(),
  });
}

function checkpoint({ session, operations, git, figures }: Crossing): EventDraft {
  const payload = {
    session_id: session,
    kind: 'auto',
    saved_by: 'context-watch',
    operation_count: operations,
    git_head: git?.head,
    git_branch: git?.branch,
    note: `The context is ${figures.percent} % full`,
  };
  return {
    type: 'checkpoint.created',
    priority: PRIORITY.checkpoint,
    correlationId: session,
    payload,
  };
}

function draft(
  type: string,
  priority: number,
  { session, epoch, figures }: Crossing,
  own: JsonObject,
): EventDraft {
  const { percent, tokens, window, model } = figures;
  return {
    type,
    priority,
    correlationId: session,
    payload: { session_id: session, epoch, percent, tokens, window, model, ...own },
  };
}
