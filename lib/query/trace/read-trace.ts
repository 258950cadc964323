import type { Database } from '../../store/database.ts';
import { addEvent, type EventPlaces } from './event-nodes.ts';
import { findTarget, type TraceTarget } from './find-target.ts';
import { sessionTree } from './session-tree.ts';
import { chainOf, correlatedEvents, eventOf, type TraceEvent } from './trace-events.ts';
import { finish, newDraft, pathTo, type TraceNode } from './trace-node.ts';

/**
 * The chain of what an id names, from the session down to it and on to everything that followed.
 * @throws {@link WaymarkError} NOT_FOUND, USAGE
 */
export function readTrace(database: Database, wanted: string): TraceNode {
  const target = findTarget(database, wanted);
  const session = target.session ?? sessionOfCause(database, target);
  const inSession =
    session === null
      ? undefined
      : pathTo(sessionTree(database, session), (node) => isTarget(node, target));
  return (
    inSession ??
    eventTree(
      target,
      target.kind === 'event'
        ? chainOf(database, target.id)
        : correlatedEvents(database, target.id),
    )
  );
}

function isTarget({ kind, id, events }: TraceNode, target: TraceTarget): boolean {
  return target.kind === 'event'
    ? events.includes(target.id)
    : kind === target.kind && id === target.id;
}

/** An event that a handler made may belong to a session by what woke the handler. */
function sessionOfCause(database: Database, { kind, id }: TraceTarget): string | null {
  return kind === 'event' && eventOf(database, id)?.cause !== undefined
    ? (chainOf(database, id)[0]?.session ?? null)
    : null;
}

/** Events of no session: in the order of time, each below its cause. */
function eventTree({ kind, id }: TraceTarget, events: readonly TraceEvent[]): TraceNode {
  const correlation = kind === 'event' ? (events[0]?.correlation ?? null) : id;
  const root = newDraft('correlation', correlation, 'correlation', { at: events[0]?.at });
  const places: EventPlaces = {
    root,
    calls: new Map(),
    agents: new Map(),
    byEvent: new Map(),
    promptOf: () => root,
  };
  for (const event of events.filter(({ type }) => type !== 'session.prompt_submitted'))
    addEvent(event, places);
  return finish(root);
}
