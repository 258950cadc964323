import { PRIORITY } from '../../events/envelope.ts';
import { stringField } from '../../core/json.ts';
import type { Subscription } from '../subscription.ts';
import { builtin, type BuiltinParts } from './builtin.ts';

/** One call of an agent, as far as it is known. */
export interface AgentRun {
  /** The call that started it. Identifies the task. */
  readonly toolUseId: string;
  readonly agentType: string;
  readonly outcome: string;
  readonly tokens: number | null;
  readonly durationMs: number | null;
}

export interface WorkerCompleteParts extends BuiltinParts {
  readonly agentRun: (sessionId: string, agentId: string) => AgentRun | undefined;
}

/** The transcript, which follows a moment later, says what the agent used. */
const RETRY_AFTER_MS = 1_500;

/** Closes the task of an agent when the agent has ended, with what it used. */
export function workerCompleteHandler({ agentRun, ...parts }: WorkerCompleteParts): Subscription {
  return builtin(parts, {
    name: 'worker-complete',
    types: ['worker.completed'],
    accepts: ({ payload }) =>
      stringField(payload, 'session_id') !== undefined &&
      stringField(payload, 'agent_id') !== undefined,
    handle({ payload }, attempt) {
      const session = stringField(payload, 'session_id') ?? '';
      const agent = stringField(payload, 'agent_id') ?? '';
      const run = agentRun(session, agent);
      if ((run === undefined || run.outcome === 'running' || run.tokens === null) && attempt < 4)
        return { retryAfterMs: RETRY_AFTER_MS };
      if (run === undefined) return { output: 'its task is unknown' };
      const { toolUseId, agentType, outcome, tokens, durationMs } = run;
      const own = {
        session_id: session,
        agent_id: agent,
        tool_use_id: toolUseId,
        assigned_to: agentType,
        outcome,
      };
      const took = {
        ...(tokens === null ? {} : { tokens }),
        ...(durationMs === null ? {} : { duration_ms: durationMs }),
      };
      return {
        answers: [
          {
            key: `${session} ${toolUseId}`,
            type: 'task.completed',
            priority: PRIORITY.normal,
            payload: { ...own, ...took },
          },
        ],
        output: outcome,
      };
    },
  });
}
