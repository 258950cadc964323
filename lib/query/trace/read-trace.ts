import type { Database } from '../../store/database.ts';
import type { Scope } from '../find-session.ts';
import { addEvent, type EventPlaces } from './event-nodes.ts';
import { findTarget, type TraceTarget } from './find-target.ts';
import { readSessionTree } from './session-tree.ts';
import {
  readEventChain,
  readCorrelatedEvents,
  readTraceEvent,
  type TraceEvent,
} from './trace-events.ts';
import { finishTree, createDraft, findPathTo, type TraceNode } from './trace-node.ts';

/**
 * The chain of what an id names, from the session down to it and on to everything that followed.
 * @throws {@link WaymarkError} NOT_FOUND, USAGE
 */
export async function readTrace(
  database: Database,
  wanted: string,
  scope: Scope,
): Promise<TraceNode> {
  const target = await findTarget(database, wanted, scope);
  const session = target.session ?? (await sessionOfCause(database, target));
  const inSession =
    session === null
      ? undefined
      : findPathTo(await readSessionTree(database, session), (node) => isTarget(node, target));
  if (inSession !== undefined) return inSession;
  const events =
    target.kind === 'event'
      ? await readEventChain(database, target.id)
      : await readCorrelatedEvents(database, target.id);
  return eventTree(target, events);
}

function isTarget({ kind, id, events }: TraceNode, target: TraceTarget): boolean {
  return target.kind === 'event'
    ? events.includes(target.id)
    : kind === target.kind && id === target.id;
}

/** An event that a handler made may belong to a session by what woke the handler. */
async function sessionOfCause(
  database: Database,
  { kind, id }: TraceTarget,
): Promise<string | null> {
  if (kind !== 'event' || (await readTraceEvent(database, id))?.cause === undefined) return null;
  const [first] = await readEventChain(database, id);
  return first?.session ?? null;
}

/** Events of no session: in the order of time, each below its cause. */
function eventTree({ kind, id }: TraceTarget, events: readonly TraceEvent[]): TraceNode {
  const correlation = kind === 'event' ? (events[0]?.correlation ?? null) : id;
  const root = createDraft('correlation', correlation, 'correlation', { at: events[0]?.at });
  const places: EventPlaces = {
    root,
    calls: new Map(),
    agents: new Map(),
    byEvent: new Map(),
    promptOf: () => root,
  };
  for (const event of events.filter(({ type }) => type !== 'session.prompt_submitted'))
    addEvent(event, places);
  return finishTree(root);
}
