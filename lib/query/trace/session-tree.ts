import { numberField, objectField, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { queryBuilder, runQuery } from '../builder.ts';
import { readNumberColumn, readTextColumn } from '../row.ts';
import { addAgents } from './agent-nodes.ts';
import { addCalls } from './call-nodes.ts';
import { addEvent, type EventPlaces } from './event-nodes.ts';
import { readSessionEvents, type TraceEvent } from './trace-events.ts';
import { type Draft, finishTree, createDraft, type TraceNode } from './trace-node.ts';

/**
 * Returns what a session did as a tree: prompts, their calls, what failed in them and what helped,
 * agents with calls of their own, and what handlers made of it.
 */
export async function readSessionTree(database: Database, session: string): Promise<TraceNode> {
  const events = await readSessionEvents(database, session);
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
  return finishTree(root);
}

async function sessionDraft(database: Database, session: string): Promise<Draft> {
  const query = queryBuilder()
    .selectFrom('sessions')
    .select(['project', 'model', 'started_at', 'first_event_at', 'last_event_at'])
    .where('id', '=', session);
  const [row = {}] = await runQuery(database, query);
  const [from, to] = [
    readNumberColumn(row, 'started_at') ?? readNumberColumn(row, 'first_event_at'),
    readNumberColumn(row, 'last_event_at'),
  ];
  return createDraft('session', session, 'session', {
    at: from ?? undefined,
    detail: readTextColumn(row, 'project') ?? undefined,
    durationMs: from === null || to === null ? undefined : to - from,
    model: readTextColumn(row, 'model') ?? undefined,
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
      return createDraft(
        'prompt',
        stringField(payload, 'prompt_id') ?? correlation ?? id,
        'prompt',
        {
          at,
          detail,
          events: [id],
        },
      );
    });
}

/**
 * A hook reports a prompt before the client writes it, and both use one clock: a prompt that is
 * older by this was typed before there were hooks.
 */
const BEFORE_HOOKS_MS = 2_000;

/**
 * Prompts in the transcript that no hook reported: those of an imported session, and those from
 * before the hooks.
 */
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
  return (await runQuery(database, query)).map((row) =>
    createDraft('prompt', readTextColumn(row, 'id'), 'prompt', {
      at: readNumberColumn(row, 'at') ?? undefined,
      detail: readTextColumn(row, 'text') ?? undefined,
    }),
  );
}

/**
 * What the hook of a call measured: where no transcript was read, nothing else tells how long it
 * took.
 */
function durationIn({ payload }: TraceEvent): readonly (readonly [string, number])[] {
  const call = objectField(payload, 'call');
  const [id, ms] = [stringField(call, 'tool_use_id'), numberField(call, 'duration_ms')];
  return id === undefined || ms === undefined ? [] : [[id, ms]];
}
