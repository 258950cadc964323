import { isoTime } from '../core/clock.ts';
import { stringField } from '../core/json.ts';
import { plainLines } from '../core/one-line.ts';
import { headOf } from '../core/text.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { redactTokens } from '../secrets/redact.ts';
import { type EffectTable, type RefreshRequest, storeChanges } from '../store/effect.ts';
import type { AutoCommit, CommittedPath, Refusal, TurnEnd } from './auto-commit.ts';

/** The end of a turn asks for a commit; the key of the request is the session. */
export const autoCommitEffects: EffectTable = { 'checkpoint.created': storeChanges(requestCommit) };

function requestCommit({ payload }: EventEnvelope): readonly RefreshRequest[] {
  const session = stringField(payload, 'session_id');
  const isEnd = stringField(payload, 'kind') === 'stop';
  return session === undefined || !isEnd ? [] : [{ refresh: 'auto-commit', key: session }];
}

/** Why a folder is not looked at further; a cause besides those of a commit. */
export interface FolderRefusal extends Omit<Refusal, 'cause'> {
  readonly cause: 'folder';
}

/** Longest reason that is kept: hooks can print a lot. */
const MAX_REASON = 1_000;

/** The id of what became of a turn: it is stored once. */
export function createOutcomeId(turn: Pick<TurnEnd, 'id'>): string {
  return `auto-commit:${turn.id}`;
}

/** The event of what became of a turn; its texts have no secret that is recognised. */
export function createOutcomeEvent(
  turn: TurnEnd,
  worktree: string,
  outcome:
    | Exclude<AutoCommit, { readonly kind: 'same' }>
    | { readonly kind: 'refused'; readonly refusal: FolderRefusal },
  now: number,
): EventEnvelope {
  const isMade = outcome.kind === 'committed';
  const own = isMade ? madePayload(outcome) : refusedPayload(outcome.refusal);
  return {
    event_id: createOutcomeId(turn),
    event_type: isMade ? 'session.auto_committed' : 'session.auto_commit_refused',
    timestamp: isoTime(now),
    source: 'worker',
    correlation_id: turn.session,
    payload: { session_id: turn.session, worktree, turn: turn.id, ...own },
  };
}

function madePayload({
  branch,
  commit,
  parent,
  paths,
}: Extract<AutoCommit, { readonly kind: 'committed' }>) {
  const countOf = (status: CommittedPath['status']): number =>
    paths.filter((path) => path.status === status).length;
  const counts = {
    added: countOf('added'),
    changed: countOf('changed'),
    removed: countOf('removed'),
  };
  return { branch, commit, ...(parent === undefined ? {} : { parent }), counts };
}

function refusedPayload({ cause, reason, paths }: Refusal | FolderRefusal) {
  const clean = headOf(plainLines(redactTokens(reason)), MAX_REASON);
  return {
    cause,
    reason: clean,
    ...(paths === undefined ? {} : { paths: paths.map(redactTokens) }),
  };
}
