import type { EventEnvelope } from '../../events/envelope.ts';
import { objectField, stringField } from '../../core/json.ts';
import { shortHash16 } from '../../core/short-hash.ts';
import type { Database } from '../../store/database.ts';
import { storedEvent } from '../../store/stored-event.ts';
import { classifyNetworkFailure } from './network-failure.ts';

const PLACEHOLDER = ['session_id', 'agent_id', 'project'];

/**
 * The 'network' refresher; its key is a `task.failed` that may be about the network. Running it
 * twice changes nothing.
 */
export function createNetworkRefresher({
  storeAs,
}: {
  readonly storeAs: (events: readonly EventEnvelope[]) => void;
}): (database: Database, id: string) => void {
  return (database, id) => {
    const event = storedEvent(database, id);
    const call = objectField(event?.payload ?? {}, 'call');
    const [tool, target, error] = ['tool', 'target', 'error'].map(
      (name) => stringField(call, name) ?? '',
    );
    const failure = classifyNetworkFailure(tool ?? '', target ?? '', error ?? '');
    if (event === undefined || failure === undefined) return;
    const place = PLACEHOLDER.flatMap((name) => {
      const value = stringField(event.payload, name);
      return value === undefined ? [] : [[name, value] as const];
    });
    const toolUseId = stringField(call, 'tool_use_id');
    storeAs([
      {
        event_id: `network_failed_${shortHash16(id)}`,
        event_type: 'network.failed',
        timestamp: event.timestamp,
        source: 'worker',
        ...(event.correlation_id === undefined ? {} : { correlation_id: event.correlation_id }),
        metadata: { cause: id },
        payload: {
          ...Object.fromEntries(place),
          ...failure,
          tool,
          error,
          ...(toolUseId === undefined ? {} : { tool_use_id: toolUseId }),
        },
      },
    ]);
  };
}
