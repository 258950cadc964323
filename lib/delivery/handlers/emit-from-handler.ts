import type { JsonObject } from '../../core/json.ts';

/** The fields of an envelope that a handler's draft says; what is wrong in them is refused as in any event. */
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
