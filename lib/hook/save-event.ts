import type { HookConfig } from '../config/resolve-hook-config.ts';
import { type EventDraft, sealEvent } from '../events/envelope.ts';
import type { EventStamp } from '../events/event-id.ts';
import { WaymarkError } from '../core/errors.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { enqueue } from '../queue/enqueue.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import { writeToRecovery } from '../queue/recovery-folder.ts';
import type { HookFault } from './report-fault.ts';
import { appendToSession, type SessionFolder } from './throttle.ts';

export interface SaveEventParts {
  readonly folder: StateFolder;
  readonly session: SessionFolder;
  readonly config: HookConfig;
  readonly nextStamp: () => EventStamp;
  readonly source: string;
  /**
   * Why the state folder must not be written at all. The event then goes to the recovery folder.
   */
  readonly refusal?: WaymarkError | undefined;
}

/**
 * Makes one event durable: in the queue, else in the recovery folder on another file system. Notes
 * its id in `captured` as soon as a trace of it exists, so that the ledger can always account for
 * it.
 * @returns the fault to report, if the queue did not take the event.
 */
export function saveEvent(draft: EventDraft, parts: SaveEventParts): HookFault | undefined {
  const stamp = parts.nextStamp();
  const event = sealEvent(draft, stamp, parts.source);
  const { durability, queueCap, entryCap } = parts.config;
  let isNoted = false;
  const note = (): void => {
    appendToSession(parts.session, 'captured', `${event.event_id}\n`);
    isNoted = true;
  };
  try {
    if (parts.refusal !== undefined) throw parts.refusal;
    enqueue(queueFolder(parts.folder.queue), event, stamp, draft.priority, {
      durability: levelOf(durability),
      queueCap,
      entryCap,
      onCreated: note,
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof WaymarkError)) throw error;
    const isRefused = error.code !== 'QUEUE_WRITE_FAILED' && error !== parts.refusal;
    const { recovery } = parts.folder;
    const kept = isRefused ? undefined : writeToRecovery(recovery, event, stamp, draft.priority);
    quietly(() => {
      if (!isNoted) note();
      if (isRefused) appendToSession(parts.session, 'refused', `${event.event_id}\n`);
    });
    if (isRefused) return { code: error.code, message: error.message };
    return {
      code: error.code,
      remedy: error.remedy,
      message:
        kept === undefined
          ? `${error.message}, nor to ${recovery.shared.join(' or ')}; the event is lost`
          : `${error.message}; the event is safe in ${kept}`,
    };
  }
}

function levelOf(text: string): 'none' | 'file' | 'full' {
  return text === 'file' || text === 'full' ? text : 'none';
}

function quietly(action: () => void): void {
  try {
    action();
  } catch {
    // The same disk refuses the note. The fault that led here is the one to report.
  }
}
