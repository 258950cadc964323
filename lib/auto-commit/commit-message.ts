import { oneLine, plainLines } from '../core/one-line.ts';
import { headOf } from '../core/text.ts';
import { redactTokens } from '../secrets/redact.ts';
import type { CommittedPath, TurnEnd } from './auto-commit.ts';

const MAX_SUBJECT = 72;
const MAX_OUTCOME = 300;
const MAX_PATHS = 20;

/** Names the turn in a commit, so that it is made once. */
export const TURN_TRAILER = 'Waymark-Turn';

/**
 * What was asked, how it ended, which files differ; without secrets, without characters that move a
 * cursor. Subject of at most 72 characters.
 */
export function formatCommitMessage(turn: TurnEnd, paths: readonly CommittedPath[]): string {
  const asked = oneLine(redactTokens(turn.prompt ?? ''));
  const outcome = plainLines(redactTokens(turn.outcome ?? '')).trim();
  // git takes a line that begins with # for a comment where a hook edits the message
  const subject = headOf(asked.replace(/^[#\s]+/, ''), MAX_SUBJECT);
  const parts = [
    subject === '' ? `Turn of session ${turn.session.slice(0, 8)}` : subject,
    outcomeText(headOf(outcome, MAX_OUTCOME), turn.hasFailed),
    filesText(paths),
    `Waymark-Session: ${turn.session}\n${TURN_TRAILER}: ${turn.id}`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function outcomeText(outcome: string, hasFailed: boolean): string {
  const quoted = outcome.replace(/^#/gm, ' #');
  if (!hasFailed) return quoted;
  return quoted === ''
    ? 'The turn ended with an error.'
    : `The turn ended with an error: ${quoted}`;
}

const MARKS = { added: '+', changed: '~', removed: '-' } as const;

function filesText(paths: readonly CommittedPath[]): string {
  const lines = paths
    .slice(0, MAX_PATHS)
    .map(({ status, path }) => `${MARKS[status]} ${oneLine(redactTokens(formatPath(path)))}`);
  const more = paths.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

/** The name as a person reads it. */
export function formatPath(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}
