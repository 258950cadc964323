import type { Damage } from '../../query/event-log.ts';
import { oneLine } from '../../core/one-line.ts';

/** What could not be read, in one line. */
export function damageText({ path, offset, reason }: Damage): string {
  return oneLine(`${path} is damaged at byte ${offset}: ${reason}. What could be read was read.`);
}
