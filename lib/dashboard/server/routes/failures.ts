import type { Context, Hono } from 'hono';
import {
  changePattern,
  type PatternChange,
  type PatternRequest,
} from '../../../actions/change-patterns.ts';
import { WaymarkError } from '../../../core/errors.ts';
import {
  countFailedCalls,
  type FailureSummary,
  listPatterns,
  summarizePattern,
} from '../../../query/failures.ts';
import {
  countHookMessages,
  type HookMessageCounts,
  NO_HOOK_MESSAGES,
} from '../../../query/hook-messages.ts';
import { queryStore } from '../../../query/store-view.ts';
import { bodyOf, countParameter, requiredText, sendJson, textParameter } from '../answer.ts';
import type { DashboardPlace } from '../place.ts';

/** A failure pattern, with how often Claude was warned and whether it helped. */
export interface KnownFailure extends FailureSummary {
  readonly told: HookMessageCounts;
}

/** What the page Failures shows. */
export interface FailuresAnswer {
  /** Those that failed latest first. */
  readonly failures: readonly KnownFailure[];
  /** Of all of them. */
  readonly told: HookMessageCounts;
  /** Calls that failed, whether or not something was learned from them. */
  readonly failedCalls: number;
}

/** What became of a change. */
export type FailureChangeAnswer = PatternChange;

/** Known failures, and what the user decides about one. */
export function addFailureRoutes(app: Hono, place: DashboardPlace): void {
  app.get('/api/failures', async (context) => sendJson(context, await list(place, context), 1_000));
  app.post('/api/failures/:id', async (context) => {
    const request = requestIn(await bodyOf(context));
    const done: FailureChangeAnswer = await changePattern(place, context.req.param('id'), request);
    return sendJson(context, done);
  });
}

async function list(place: DashboardPlace, context: Context): Promise<FailuresAnswer> {
  const limit = countParameter(context, 'limit', { least: 1, most: 500, usual: 50 });
  const project = textParameter(context, 'project');
  const filter = project === undefined ? { limit } : { limit, project };
  const none = { failures: [], told: NO_HOOK_MESSAGES, failedCalls: 0 };
  return await queryStore<FailuresAnswer>(place.folder, none, async (database) => {
    const patterns = await listPatterns(database, filter);
    const failures: KnownFailure[] = [];
    for (const pattern of patterns) {
      const told = await countHookMessages(database, 'failure', pattern.pattern.id);
      failures.push({ ...summarizePattern(pattern), told });
    }
    return {
      failures,
      told: await countHookMessages(database, 'failure'),
      failedCalls: await countFailedCalls(database),
    };
  });
}

/** @throws {@link WaymarkError} USAGE for a change that does not exist. */
function requestIn(body: Parameters<typeof requiredText>[0]): PatternRequest {
  const kind = requiredText(body, 'change');
  if (kind === 'set') return { kind, action: requiredText(body, 'action') };
  if (kind === 'reset' || kind === 'confirm' || kind === 'delete') return { kind };
  throw new WaymarkError('USAGE', 'Cannot read the change: expected set, reset, confirm or delete');
}
