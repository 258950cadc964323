import type { Damage } from '../../query/event-log.ts';
import { oneLine } from '../../core/one-line.ts';

/** What could not be read, in one line. */
export function formatDamage({ path, offset, reason }: Damage): string {
  return oneLine(`${path} is damaged at byte ${offset}: ${reason}. The readable part was used.`);
}
