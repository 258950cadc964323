import type { TodoFact } from '../../claude/transcript/todo-facts.ts';
import { SESSIONS } from '../../store/sessions-table.ts';
import type { Write } from '../../store/sink.ts';
import type { PlacedFact } from './select-own-facts.ts';
import { createAgentWrite, createReportWrites } from './agent-writes.ts';
import {
  CALL_NOTES,
  CONTEXT_SAMPLES,
  MESSAGES,
  OPERATIONS,
  RESULT_SIZES,
  TASK_STATES,
  TODO_LISTS,
  USAGE,
} from './table.ts';

/** A call or its result in a transcript. */
type PlacedCall = Extract<PlacedFact, { kind: 'call' | 'result' }>;

/** Where a fact was found. */
export interface FactPlace {
  readonly sessionId: string;
  /** Time of the session's first event. Milliseconds since the epoch. */
  readonly since: number;
  /** The agent whose file it is; `null` for the session's own file. */
  readonly agentId: string | null;
  /** The tool of a call, if it is known. */
  readonly toolOf: (toolUseId: string) => string | undefined;
}

/** Returns the rows of one fact of a transcript. */
export function createFactWrites(fact: PlacedFact, place: FactPlace): readonly Write[] {
  const { sessionId, toolOf } = place;
  const isMainFile = place.agentId === null;
  switch (fact.kind) {
    case 'usage':
      return isMainFile ? [contextSample(sessionId, fact.messageId, fact.model ?? null, fact)] : [];
    case 'spend':
      return [usageWrite(fact, place)];
    case 'compaction':
      return isMainFile ? [contextSample(sessionId, `compaction ${fact.id}`, null, fact)] : [];
    case 'message':
      return [messageWrite(fact, place)];
    case 'title':
      return isMainFile && (fact.session ?? sessionId) === sessionId
        ? [titleWrite(sessionId, fact)]
        : [];
    case 'agent-usage':
      return [
        createAgentWrite(sessionId, fact.agentId, {
          answer_at: fact.placedAt,
          answer_model: fact.model,
          answer_tokens: fact.tokens,
        }),
      ];
    case 'agent-result': {
      const tool = toolOf(fact.toolUseId);
      // the result of another tool can look the same
      const isOfAgent = tool === undefined || tool === 'Agent';
      return isOfAgent ? createReportWrites(sessionId, { ...fact, agentId: fact.launched }) : [];
    }
    case 'todos':
    case 'task-status':
      return (fact.agentId ?? place.agentId) === null ? [todoWrite(sessionId, fact)] : [];
    default:
      return callWrites(fact, place);
  }
}

function contextSample(
  session: string,
  id: string,
  model: string | null,
  { at, placedAt, tokens }: Extract<PlacedFact, { kind: 'usage' | 'compaction' }>,
): Write {
  return {
    into: CONTEXT_SAMPLES,
    row: { session_id: session, message_id: id, placed_at: placedAt, at, tokens, model },
  };
}

function usageWrite(
  fact: Extract<PlacedFact, { kind: 'spend' }>,
  { sessionId, since, agentId }: FactPlace,
): Write {
  const { messageId, requestId, at, model, tier, speed, geo, input, output, webSearches } = fact;
  const row = {
    ...{ message_id: messageId, request_id: requestId, at, model, tier, speed, geo },
    ...{ input, output },
    ...{ cache_read: fact.cacheRead, cache_write_5m: fact.cacheWrite5m },
    ...{ cache_write_1h: fact.cacheWrite1h, web_searches: webSearches },
    ...{ claimed_since: since, session_id: sessionId, agent_id: fact.agentId ?? agentId },
  };
  return { into: USAGE, row };
}

function messageWrite(
  { role, id, at, text, length, agentId }: Extract<PlacedFact, { kind: 'message' }>,
  place: FactPlace,
): Write {
  const agent = agentId ?? place.agentId;
  const told = { role, at, agent_id: agent, text, length };
  return { into: MESSAGES, row: { session_id: place.sessionId, id, ...told } };
}

function titleWrite(
  id: string,
  { source, title, placedAt }: Extract<PlacedFact, { kind: 'title' }>,
): Write {
  const row = { id, [`${source}_title_at`]: placedAt, [`${source}_title`]: title };
  return { into: SESSIONS, row };
}

function todoWrite(session: string, fact: TodoFact & Pick<PlacedFact, 'placedAt'>): Write {
  return fact.kind === 'todos'
    ? {
        into: TODO_LISTS,
        row: { session_id: session, at: fact.placedAt, items: JSON.stringify(fact.items) },
      }
    : {
        into: TASK_STATES,
        row: { session_id: session, task_id: fact.taskId, at: fact.placedAt, status: fact.status },
      };
}

function callWrites(fact: PlacedCall, place: FactPlace): readonly Write[] {
  const { sessionId, since } = place;
  const agentId = fact.agentId ?? place.agentId;
  const claim = { claimed_since: since, claimed_session: sessionId, claimed_agent: agentId };
  const told =
    fact.kind === 'call'
      ? { at: fact.at, call_tool: fact.tool, call_target: fact.target }
      : {
          transcript_at: fact.at,
          transcript_outcome: fact.outcome,
          transcript_error: fact.error ?? null,
        };
  const call = { into: OPERATIONS, row: { tool_use_id: fact.toolUseId, ...claim, ...told } };
  return [call, ...noteWrites(sessionId, fact), ...sizeWrites(sessionId, agentId, fact)];
}

function noteWrites(session: string, { kind, toolUseId, note }: PlacedCall): readonly Write[] {
  if (note === undefined) return [];
  const about = kind === 'call' ? 'input' : 'result';
  const row = { tool_use_id: toolUseId, about, session_id: session, note: JSON.stringify(note) };
  return [{ into: CALL_NOTES, row }];
}

function sizeWrites(session: string, agent: string | null, fact: PlacedCall): readonly Write[] {
  if (fact.kind !== 'result' || fact.size === undefined || agent !== null) return [];
  const { toolUseId, placedAt, size } = fact;
  const row = { tool_use_id: toolUseId, session_id: session, at: placedAt, size };
  return [{ into: RESULT_SIZES, row }];
}
