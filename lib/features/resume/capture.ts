import { unlinkSync } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';
import { shortHash16 } from '../../core/short-hash.ts';
import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import type { HookCall } from '../../hook/hook-call.ts';
import { appendToSession } from '../../hook/throttle.ts';
import { decideReminder } from './answer.ts';

/**
 * SessionEnd writes an end mark into the session's folder, and SessionStart removes it. The next
 * session can then distinguish an end from a crash, even if no worker has seen either. Creates no
 * event.
 */
export function markEnd({ input, session }: HookCall): readonly EventDraft[] {
  if (input.event === 'SessionEnd') appendToSession(session, 'ended', '.');
  if (input.event === 'SessionStart') removeMark(`${session.path}/ended`);
  return [];
}

function removeMark(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

/**
 * Records the reminder that Claude got; use it with `answerResume`. The worker finds out what
 * followed.
 */
export function captureReminder(call: HookCall): readonly EventDraft[] {
  const reminder = decideReminder(call);
  if (reminder === undefined) return [];
  const { text, occasion, session } = reminder;
  const payload = {
    ...call.identity(),
    text_id: `txt_${shortHash16(text)}`,
    occasion,
    of_session: session,
  };
  return [
    {
      type: 'session.resume_told',
      priority: PRIORITY.normal,
      correlationId: call.input.sessionId,
      payload,
    },
  ];
}
