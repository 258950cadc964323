import { type EventEnvelope, PRIORITY } from '../../events/envelope.ts';
import { stringField } from '../../core/json.ts';
import type { Subscription } from '../subscription.ts';
import { builtin, type BuiltinParts } from './builtin.ts';

const GRAVE = ['critical', 'high'];

/** Raises alerts for severe findings: at most one per rule, session and day. */
export function securityAlertHandler(parts: BuiltinParts): Subscription {
  return builtin(parts, {
    name: 'security-alert',
    types: ['security.*'],
    accepts: (event) => GRAVE.includes(severityOf(event)),
    handle(event) {
      const { payload, timestamp } = event;
      const [rule, message, session] = [
        stringField(payload, 'rule') ?? '',
        stringField(payload, 'message') ?? event.event_type,
        stringField(payload, 'session_id'),
      ];
      const own = {
        reason: 'security',
        message,
        severity: severityOf(event),
        rule,
        event_type: event.event_type,
      };
      return {
        answers: [
          {
            key: `${rule || event.event_id} ${session ?? ''} ${timestamp.slice(0, 10)}`,
            type: 'system.health_alert',
            priority: PRIORITY.urgent,
            payload: { ...own, ...(session === undefined ? {} : { session_id: session }) },
          },
        ],
      };
    },
  });
}

function severityOf({ payload, metadata }: EventEnvelope): string {
  return (stringField(payload, 'severity') ?? metadata?.priority ?? '').toLowerCase();
}
