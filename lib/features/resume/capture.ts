import { unlinkSync } from 'node:fs';
import { errnoOf } from '../../core/errors.ts';
import type { EventDraft } from '../../events/envelope.ts';
import type { HookCall } from '../../hook/hook-call.ts';
import { appendIn } from '../../hook/throttle.ts';

/**
 * SessionEnd leaves a mark in the session's folder, SessionStart takes it away: the next session can then distinguish an end from a crash, also while
 * no worker has seen either. It makes no event of its own.
 */
export function markEnd({ input, session }: HookCall): readonly EventDraft[] {
  if (input.event === 'SessionEnd') appendIn(session, 'ended', '.');
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
