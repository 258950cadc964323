import { numberField, objectField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { queryBuilder, rowsOf } from '../builder.ts';
import { numberOf, textOf } from '../row.ts';
import { addAgents } from './agent-nodes.ts';
import { addCalls } from './call-nodes.ts';
import { addEvent, type EventPlaces } from './event-nodes.ts';
import { sessionEvents, type TraceEvent } from './trace-events.ts';
import { type Draft, finish, newDraft, type TraceNode } from './trace-node.ts';

/**
 * Returns what a session did as a tree: prompts, their calls, what failed in them and what helped, agents
 * with calls of their own, and what handlers made of it.
 */
export async function sessionTree(database: Database, session: string): Promise<TraceNode> {
  const events = await sessionEvents(database, session);
  const root = await sessionDraft(database, session);
  const typed = promptDrafts(events);
  const prompts = [...(await writtenPrompts(database, session, typed[0]?.at)), ...typed];
  root.children.push(...prompts);
  const promptAt = (at: number | undefined): Draft =>
    at === undefined ? root : (prompts.findLast((prompt) => (prompt.at ?? 0) <= at) ?? root);
  const byPrompt = new Map(prompts.map((prompt) => [prompt.id, prompt]));
  const durations = new Map(events.flatMap(durationIn));
  const calls = await addCalls(database, session, durations);
  const agents = await addAgents(database, session, {
    calls,
    promptOf: (id, at) => byPrompt.get(id ?? null) ?? promptAt(at),
    events,
  });
  for (const { draft, agentId } of calls.values())
    (agentId === null
      ? promptAt(draft.at)
      : (agents.get(agentId) ?? promptAt(draft.at))
    ).children.push(draft);
  const places: EventPlaces = {
    root,
    calls,
    agents,
    byEvent: new Map(),
    promptOf: (id, at) => byPrompt.get(id ?? null) ?? promptAt(at),
  };
  for (const event of events) addEvent(event, places);
  return finish(root);
}

async function sessionDraft(database: Database, session: string): Promise<Draft> {
  const query = queryBuilder()
    .selectFrom('sessions')
    .select(['project', 'model', 'started_at', 'first_event_at', 'last_event_at'])
    .where('id', '=', session);
  const [row = {}] = await rowsOf(database, query);
  const [from, to] = [
    numberOf(row, 'started_at') ?? numberOf(row, 'first_event_at'),
    numberOf(row, 'last_event_at'),
  ];
  return newDraft('session', session, 'session', {
    at: from ?? undefined,
    detail: textOf(row, 'project') ?? undefined,
    durationMs: from === null || to === null ? undefined : to - from,
    model: textOf(row, 'model') ?? undefined,
  });
}

function promptDrafts(events: readonly TraceEvent[]): readonly Draft[] {
  return events
    .filter(({ type }) => type === 'session.prompt_submitted')
    .map(({ id, at, correlation, payload }) => {
      const agent = stringField(objectField(payload, 'agent'), 'agent_id');
      const detail =
        payload['synthetic'] === true
          ? `agent ${agent ?? ''} has ended`
          : stringField(payload, 'prompt');
      return newDraft('prompt', stringField(payload, 'prompt_id') ?? correlation ?? id, 'prompt', {
        at,
        detail,
        events: [id],
      });
    });
}

/** A hook tells of a prompt before the client writes it down, and their clocks are one: what is older by this was typed before there were hooks. */
const BEFORE_HOOKS_MS = 2_000;

/** Prompts that no hook told of, from the transcript: those of an imported session, and those from before the hooks. */
async function writtenPrompts(
  database: Database,
  session: string,
  firstTypedAt: number | undefined,
): Promise<readonly Draft[]> {
  const query = queryBuilder()
    .selectFrom('messages as m')
    .innerJoin('sessions as s', 's.id', 'm.session_id')
    .select(['m.id', 'm.at', 'm.text'])
    .where('m.session_id', '=', session)
    .where('m.role', '=', 'prompt')
    .where('s.imported', 'is not', null)
    .where('m.at', '<', (firstTypedAt ?? Number.MAX_SAFE_INTEGER) - BEFORE_HOOKS_MS)
    .orderBy('m.at')
    .orderBy('m.id');
  return (await rowsOf(database, query)).map((row) =>
    newDraft('prompt', textOf(row, 'id'), 'prompt', {
      at: numberOf(row, 'at') ?? undefined,
      detail: textOf(row, 'text') ?? undefined,
    }),
  );
}

/** What the hook of a call measured: where no transcript was read, nothing else tells how long it took. */
function durationIn({ payload }: TraceEvent): readonly (readonly [string, number])[] {
  const call = objectField(payload, 'call');
  const [id, ms] = [stringField(call, 'tool_use_id'), numberField(call, 'duration_ms')];
  return id === undefined || ms === undefined ? [] : [[id, ms]];
}
