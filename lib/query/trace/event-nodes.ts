import { objectField, stringField } from '../../core/json.ts';
import { summarizeEvent } from '../event-summary.ts';
import type { CallDraft } from './call-nodes.ts';
import type { TraceEvent } from './trace-events.ts';
import { type Draft, createDraft, type TraceKind } from './trace-node.ts';

/** Where an event of a session may belong. */
export interface EventPlaces {
  readonly root: Draft;
  readonly calls: ReadonlyMap<string, CallDraft>;
  readonly agents: ReadonlyMap<string, Draft>;
  /** The prompt of an id, else the one at that time. */
  readonly promptOf: (id: string | undefined, at: number | undefined) => Draft;
  /**
   * The step that each event became, so that what its handlers made can follow it. Filled as events
   * are added, causes first.
   */
  readonly byEvent: Map<string, Draft>;
}

const KINDS: Readonly<Record<string, TraceKind>> = {
  'checkpoint.created': 'checkpoint',
  'session.context_warned': 'warning',
  'session.failure_warned': 'warning',
  'session.restore_told': 'warning',
  'session.resume_told': 'warning',
};

/**
 * Puts an event below what it belongs to, or notes it at the step that it was already taken into.
 */
export function addEvent(event: TraceEvent, places: EventPlaces): void {
  const step = stepOf(event, places);
  if (step !== undefined) {
    if (!step.events.includes(event.id)) step.events.push(event.id);
    places.byEvent.set(event.id, step);
    return;
  }
  const { id, type, at, followed } = event;
  const draft = createDraft(KINDS[type] ?? 'event', id, type, {
    at,
    detail: detailOf(event),
    note: type === 'checkpoint.created' ? stringField(event.payload, 'note') : undefined,
    outcome: followed,
    events: [id],
  });
  places.byEvent.set(id, draft);
  parentOf(event, places).children.push(draft);
}

/** The step that says the same as the event. */
function stepOf(
  { type, payload, at }: TraceEvent,
  { calls, agents, promptOf }: EventPlaces,
): Draft | undefined {
  const call = callIn(payload, calls);
  switch (type) {
    case 'session.prompt_submitted':
      return promptOf(stringField(payload, 'prompt_id'), at);
    case 'routing.decision_made':
    case 'task.assigned':
      return call;
    case 'task.failed':
      return call?.children.find(({ kind }) => kind === 'failure');
    case 'worker.started':
    case 'worker.completed':
    case 'worker.heartbeat':
    case 'process.started':
    case 'process.exited':
      return agents.get(stringField(payload, 'agent_id') ?? '');
    default:
      return undefined;
  }
}

function parentOf(
  { type, cause, payload, correlation, at }: TraceEvent,
  { root, calls, agents, byEvent, promptOf }: EventPlaces,
): Draft {
  const made = byEvent.get(cause ?? '');
  if (made !== undefined) return made;
  if (type === 'session.started' || type === 'session.ended') return root;
  return (
    callIn(payload, calls) ??
    agents.get(stringField(payload, 'agent_id') ?? '') ??
    promptOf(stringField(payload, 'prompt_id') ?? correlation, at)
  );
}

function callIn(payload: TraceEvent['payload'], calls: EventPlaces['calls']): Draft | undefined {
  const id =
    stringField(payload, 'tool_use_id') ?? stringField(objectField(payload, 'call'), 'tool_use_id');
  return calls.get(id ?? '')?.draft;
}

function detailOf({ type, payload }: TraceEvent): string | undefined {
  if (type === 'session.context_warned')
    return `${String(payload['threshold'])} % of the context window`;
  if (type === 'session.failure_warned') return `warned about ${String(payload['pattern'])}`;
  if (type === 'session.resume_told')
    return `reminded where it stopped: ${String(payload['text_id'])}`;
  if (type === 'session.restore_told')
    return `informed about restored files: ${String(payload['restore'])}`;
  const text =
    type === 'checkpoint.created'
      ? stringField(payload, 'kind')
      : summarizeEvent(payload) || stringField(payload, 'outcome');
  return text === undefined || text === '' ? undefined : text;
}
