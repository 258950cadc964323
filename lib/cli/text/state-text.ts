import { formatCount, formatDuration } from '../../core/units.ts';
import {
  SESSION_STATES,
  type SessionState,
  type SessionStateName,
} from '../../query/session-states.ts';
import type { Paint } from './paint.ts';

interface StateWords {
  /** In a sentence. */
  readonly whole: string;
  /** In a column. */
  readonly short: string;
  readonly colour: 'green' | 'yellow' | 'cyan' | 'red' | 'dim';
}

const WORDS: Readonly<Record<SessionStateName, StateWords>> = {
  'waiting-for-permission': {
    ...{ whole: 'waiting for permission', short: 'permission', colour: 'yellow' },
  },
  'waiting-for-you': { whole: 'waiting for you', short: 'waiting', colour: 'cyan' },
  'at-limit': { whole: 'at its limit', short: 'limit', colour: 'red' },
  working: { whole: 'working', short: 'working', colour: 'green' },
  lost: { whole: 'lost', short: 'lost', colour: 'dim' },
  ended: { whole: 'ended', short: '', colour: 'dim' },
};

/** The state of a session in one short word; nothing for one that has ended. */
export function stateCell({ state }: SessionState, paint: Paint): string {
  const { short, colour } = WORDS[state];
  return short === '' ? '' : paint[colour](short);
}

/** `waiting for permission for 2m`, `at its limit, resets in 3h`. */
export function stateText({ state, since, until }: SessionState, now: number): string {
  const { whole } = WORDS[state];
  const long = formatDuration(Math.max(0, now - Date.parse(since)));
  if (state === 'lost') return `${whole}: Claude Code is gone, last event ${long} ago`;
  if (until !== null) return `${whole}, resets in ${formatDuration(Date.parse(until) - now)}`;
  return `${whole} for ${long}`;
}

/** `1 waiting for permission · 2 working`, the most urgent first; `''` for no session. */
export function stateCounts(sessions: readonly SessionState[], paint: Paint): string {
  return SESSION_STATES.flatMap((wanted) => {
    const count = sessions.filter(({ state }) => state === wanted).length;
    const { whole, colour } = WORDS[wanted];
    return count === 0 ? [] : [paint[colour](`${formatCount(count)} ${whole}`)];
  }).join(' · ');
}
