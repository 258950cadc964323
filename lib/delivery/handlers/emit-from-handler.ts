import type { JsonObject } from '../../core/json.ts';

/** Returns the envelope fields of a handler's draft. Invalid ones are rejected as in any event. */
export function givenByHandler(draft: JsonObject, handler: string): JsonObject {
  const { type, payload, correlationId, priority, tags } = draft;
  const metadata = defined({ priority, tags });
  return defined({
    event_type: type,
    source: `handler/${handler}`.slice(0, 200),
    payload,
    correlation_id: correlationId,
    metadata: Object.keys(metadata).length === 0 ? undefined : metadata,
  });
}

function defined(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
