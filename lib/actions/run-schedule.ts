import { resolveConfig } from '../config/resolve.ts';
import { WaymarkError } from '../core/errors.ts';
import { didYouMean } from '../core/nearest.ts';
import { schedulesOf } from '../features/schedule/schedules.ts';
import type { Acting } from './acting.ts';
import { type Sent, sendEvent } from './emit-event.ts';

/**
 * Emits the event of a schedule now. Its next slot comes all the same.
 * @throws {@link WaymarkError} NOT_FOUND, and what {@link sendEvent} throws.
 */
export async function runSchedule(acting: Acting, name: string): Promise<Sent> {
  const { environment, folder } = acting;
  const { schedules } = resolveConfig({ environment, userFile: folder.configFile }).values;
  const all = schedulesOf(schedules);
  const found = all.find((schedule) => schedule.name === name);
  if (found !== undefined) {
    const payload = { schedule: name, ...found.payload };
    return sendEvent(acting, { event_type: found.type, payload });
  }
  const names = all.map((schedule) => schedule.name);
  throw new WaymarkError(
    'NOT_FOUND',
    `Cannot run schedule ${name}: no such name${didYouMean(name, names)}`,
    { remedy: '`waymark schedule list` shows them.' },
  );
}
