import type { EventEnvelope } from '../../events/envelope.ts';
import type { Database } from '../../store/database.ts';
import type { EffectTable } from '../../store/effect.ts';
import { requestRefresh } from '../../store/refreshes.ts';

/** Workers and agents that begin and end are told as processes; see `tellProcess`. */
export const processEffects: EffectTable = {
  'daemon.started': tell,
  'daemon.stopped': tell,
  'worker.started': tell,
  'worker.completed': tell,
  'worker.failed': tell,
};

function tell(database: Database, events: readonly EventEnvelope[]): void {
  requestRefresh(
    database,
    'process',
    events.map(({ event_id }) => event_id),
  );
}
