import { normalizeModelName } from '../../claude/model-name.ts';
import { numberField, stringField } from '../../core/json.ts';
import type { Database, Row } from '../../store/database.ts';
import { readAgentCalls } from './table.ts';

/** State of an agent call. `stopped`: a person ended it, which says nothing about the agent. */
export type RunOutcome = 'running' | 'ok' | 'failed' | 'rejected' | 'stopped';

/** One task of an agent, and its outcome. Times are milliseconds since the epoch. */
export interface AgentRun {
  readonly toolUseId: string;
  readonly agentId: string | null;
  readonly agentType: string;
  readonly model: string;
  readonly kind: string;
  readonly at: number;
  /** `null` while the task is open. */
  readonly endedAt: number | null;
  readonly outcome: RunOutcome;
  /** As the client counts them: what the agent's last answer read and wrote. */
  readonly tokens: number | null;
  readonly durationMs: number | null;
  readonly toolUses: number | null;
}

/**
 * Returns the agent runs of a session, from the current store: the decision, the call, the agent's
 * start and end, and the client's report.
 */
export function readAgentRuns(database: Database, session: string): readonly AgentRun[] {
  return readAgentCalls(database, session).flatMap(
    ({ id, decision, agent, call }) => runOf(id, decision, agent, call) ?? [],
  );
}

function runOf(toolUseId: string, decision: Row, agent: Row, call: Row): AgentRun | undefined {
  const at =
    numberField(decision, 'at') ?? numberField(call, 'at') ?? numberField(agent, 'started_at');
  if (at === undefined) return undefined;
  const outcome = outcomeOf(agent, call);
  const ended =
    numberField(agent, 'stopped_at') ??
    numberField(agent, 'reported_at') ??
    numberField(call, 'ended_at');
  const endedAt = outcome === 'running' ? null : (ended ?? null);
  const [calledType, ...about] = (stringField(call, 'target') ?? '').split(': ');
  const model = stringField(agent, 'answer_model') ?? stringField(decision, 'model');
  return {
    toolUseId,
    agentId: stringField(agent, 'agent_id') ?? null,
    agentType:
      stringField(agent, 'type') ??
      stringField(decision, 'agent_type') ??
      (calledType || 'general-purpose'),
    model: model === undefined ? 'unknown' : normalizeModelName(model),
    kind: classifyTask(stringField(decision, 'description') ?? about.join(': ')),
    at,
    endedAt,
    outcome,
    tokens: numberField(agent, 'reported_tokens') ?? numberField(agent, 'answer_tokens') ?? null,
    durationMs:
      outcome === 'running' ? null : (numberField(agent, 'reported_ms') ?? spanOf(agent) ?? null),
    toolUses: numberField(agent, 'tool_uses') ?? null,
  };
}

/**
 * Returns the outcome. A background call ends when its agent starts, so the agent's own end counts.
 */
function outcomeOf(agent: Row, call: Row): RunOutcome {
  const called = stringField(call, 'outcome');
  if (called === 'failed' && /interrupted/i.test(stringField(call, 'error') ?? ''))
    return 'stopped';
  if (called === 'failed' || called === 'rejected') return called;
  const status = stringField(agent, 'reported_status');
  if (status !== undefined)
    return status === 'completed'
      ? 'ok'
      : /^(?:killed|stopped|cancell?ed)$/.test(status)
        ? 'stopped'
        : 'failed';
  const hasEnded =
    numberField(agent, 'reported_at') !== undefined ||
    numberField(agent, 'stopped_at') !== undefined;
  return hasEnded ? 'ok' : 'running';
}

function spanOf(agent: Row): number | undefined {
  const [from, to] = [numberField(agent, 'started_at'), numberField(agent, 'stopped_at')];
  return from === undefined || to === undefined ? undefined : Math.max(0, to - from);
}

/** Kind of a task, by its words. */
export type TaskKind = 'test' | 'review' | 'search' | 'fix' | 'docs' | 'write' | 'other';

/**
 * In order of precedence: a review of tests is a review, fixing a test is a fix, writing docs is
 * docs.
 */
const KINDS: ReadonlyArray<readonly [TaskKind, RegExp]> = [
  ['review', /^(?:review|audit|critique|assess|verify|double-?check|inspect)/],
  ['fix', /^(?:fix|debug|repair|resolve|mend|correct|patch|troubleshoot|diagnos|broken|bug)/],
  [
    'docs',
    /^(?:docs?|documents?|documented|documenting|documentation|readme|changelog|docstrings?|comments?)$/,
  ],
  ['test', /^(?:tests?|testing|tested|specs?|coverage|e2e|vitest|jest|pytest|benchmarks?)$/],
  [
    'search',
    /^(?:search|find|look|locate|explor|investigat|research|where|grep|map|trace|analy[sz]|understand|summari[sz]|list|read|check|study)/,
  ],
  [
    'write',
    /^(?:writ|implement|add|create|build|refactor|generat|make|rewrit|migrat|port|extend|convert|renam|mov|set|updat|chang|edit|remov|delet|develop|code)/,
  ],
];

/** Returns the kind of task of a description: the first kind with a matching word. */
export function classifyTask(description: string): TaskKind {
  const words = description
    .toLowerCase()
    .slice(0, 300)
    .split(/[^a-z0-9-]+/);
  return KINDS.find(([, word]) => words.some((one) => word.test(one)))?.[0] ?? 'other';
}
