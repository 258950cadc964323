import { basename } from 'node:path';
import { oneLine } from '../../core/one-line.ts';
import { headOf } from '../../core/text.ts';
import { formatDuration } from '../../core/units.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { stringField } from '../../core/json.ts';
import type { Subscription } from '../subscription.ts';
import { builtin, type BuiltinParts, type Handled } from './builtin.ts';

/** What the handler needs to know about a session. Times are milliseconds since the epoch. */
export interface WaitingSession {
  /** `waiting-for-permission`, `waiting-for-you` or `at-limit`; anything else waits for nobody. */
  readonly state: string;
  readonly project: string | null;
  /** What Claude Code told the user about it. */
  readonly message: string | null;
  /** The latest prompt that a person typed. */
  readonly promptAt: number;
  /** The latest sign of work. */
  readonly workedAt: number;
  /** When the user was notified last; 0: never. */
  readonly notifiedAt: number;
  /** The terminal that Claude Code runs in; `undefined`: not known. */
  readonly terminal: string | undefined;
}

export interface Notice {
  readonly title: string;
  readonly text: string;
  readonly terminal: string | undefined;
}

export interface NotifyParts extends BuiltinParts {
  /** The user's settings. */
  readonly notifySettings: () => { readonly isOn: boolean; readonly afterMs: number };
  readonly waitingSession: (session: string) => Promise<WaitingSession | undefined>;
  /** Shows a notice. @returns why that failed, or `undefined`. */
  readonly showNotice: (notice: Notice) => Promise<string | undefined>;
}

/** Beginning of the output of a delivery that notified the user. */
export const NOTIFIED = 'notified';

/** A turn may go on after its end, and the user may answer at once: look again after this time. */
const DEBOUNCE_MS = 2_000;

/** An event that was delivered later is old news. */
const LATEST_MS = 2 * 60_000;

const MESSAGE_LIMIT = 120;

/**
 * Notifies the user that a session waits after a long turn: at most once per stretch of work as
 * long as the setting says, and never for an agent.
 */
export function notifyHandler(parts: NotifyParts): Subscription {
  return builtin(parts, {
    name: 'notify',
    types: ['session.notified', 'checkpoint.created'],
    concurrency: 1,
    accepts: (event) => parts.notifySettings().isOn && saysThatItWaits(event),
    handle: (event, attempt) =>
      attempt === 1 ? { retryAfterMs: DEBOUNCE_MS } : notify(event, parts),
  });
}

function saysThatItWaits({ event_type: type, payload }: EventEnvelope): boolean {
  if (stringField(payload, 'session_id') === undefined) return false;
  if (payload['agent_id'] !== undefined) return false;
  return type === 'session.notified'
    ? stringField(payload, 'waits_for') !== undefined
    : payload['kind'] === 'stop';
}

async function notify(event: EventEnvelope, parts: NotifyParts): Promise<Handled> {
  const { payload, timestamp } = event;
  const at = Date.parse(timestamp);
  if (Math.abs(parts.clock() - at) > LATEST_MS) return { output: 'too late' };
  const session = await parts.waitingSession(stringField(payload, 'session_id') ?? '');
  const phrase = session && PHRASES[session.state];
  if (session === undefined || phrase === undefined) return { output: 'the session continued' };
  const { promptAt, workedAt, notifiedAt } = session;
  if (workedAt <= notifiedAt) return { output: 'notified before, and nothing happened since' };
  const isQuestion = session.state === 'waiting-for-permission';
  const workedMs = (isQuestion ? at : Math.min(at, workedAt)) - Math.max(promptAt, notifiedAt);
  const { afterMs } = parts.notifySettings();
  if (workedMs < afterMs)
    return { output: `only ${formatDuration(Math.max(0, workedMs))} of work` };
  const problem = await parts.showNotice(noticeOf(session, phrase, workedMs));
  return { output: problem === undefined ? NOTIFIED : `cannot notify: ${problem}` };
}

const PHRASES: Readonly<Record<string, string>> = {
  'waiting-for-permission': 'Waiting for permission',
  'waiting-for-you': 'Waiting for you',
  'at-limit': 'At its limit',
};

/** Holds no prompt and no answer: others may see the screen. */
function noticeOf(session: WaitingSession, phrase: string, workedMs: number): Notice {
  const { project, message, terminal, state } = session;
  const asked =
    state === 'waiting-for-permission' && message !== null
      ? `: ${headOf(oneLine(message), MESSAGE_LIMIT)}`
      : '';
  const name = project === null ? '' : ` · ${headOf(oneLine(basename(project)), MESSAGE_LIMIT)}`;
  return {
    title: `Claude Code${name}`,
    text: `${phrase} after ${formatDuration(workedMs)}${asked}`,
    terminal,
  };
}
