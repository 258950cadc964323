import { resolveConfig } from '../config/resolve.ts';
import { WaymarkError } from '../core/errors.ts';
import { didYouMean } from '../core/nearest-word.ts';
import { parseSchedules } from '../features/schedule/schedules.ts';
import type { ActionContext } from './action-context.ts';
import { type SentEvent, sendEvent } from './emit-event.ts';

/**
 * Emits the event of a schedule now. Its next slot comes all the same.
 * @throws {@link WaymarkError} NOT_FOUND, and what {@link sendEvent} throws.
 */
export async function runSchedule(actionContext: ActionContext, name: string): Promise<SentEvent> {
  const { environment, folder } = actionContext;
  const { schedules } = resolveConfig({ environment, userFile: folder.configFile }).values;
  const all = parseSchedules(schedules);
  const found = all.find((schedule) => schedule.name === name);
  if (found !== undefined) {
    const payload = { schedule: name, ...found.payload };
    return sendEvent(actionContext, { event_type: found.type, payload });
  }
  const names = all.map((schedule) => schedule.name);
  throw new WaymarkError(
    'NOT_FOUND',
    `Cannot run schedule ${name}: no schedule has this name${didYouMean(name, names)}`,
    { remedy: '`waymark schedule list` shows them.' },
  );
}
