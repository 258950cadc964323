import { toJsonSchema } from '@valibot/to-json-schema';
import { ALIASES, EVENT_TYPES } from '../../lib/events/types/registry.ts';
import { isJsonObject, type JsonObject } from '../../lib/core/json.ts';

/** The JSON Schema of the payload of one type. */
export function payloadSchema(type: keyof typeof EVENT_TYPES): JsonObject {
  const { $schema: _, ...schema } = toJsonSchema(EVENT_TYPES[type].payload, {
    target: 'draft-2020-12',
    typeMode: 'output',
  });
  const plain: unknown = JSON.parse(JSON.stringify(schema));
  if (!isJsonObject(plain)) throw new Error(`Cannot describe ${type}`);
  return plain;
}

/** The text of docs/event-types.schema.json. */
export function eventTypesSchema(): string {
  const types = namesOf();
  const rules = [...types.map((type) => [type, type] as const), ...Object.entries(ALIASES)].map(
    ([name, type]) => ({
      if: { properties: { event_type: { const: name } }, required: ['event_type'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { properties: { payload: { $ref: `#/$defs/${type}` } } },
    }),
  );
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'waymark events by type',
    description:
      'The envelope, and for each type of waymark its payload. Fields that are not named pass, and so do types of your own.',
    allOf: [{ $ref: 'event.schema.json' }, ...rules],
    $defs: Object.fromEntries(
      types.map((type) => [type, { description: EVENT_TYPES[type].doc, ...payloadSchema(type) }]),
    ),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** Every registered type, in the order of the registry. */
export function namesOf(): readonly (keyof typeof EVENT_TYPES)[] {
  return Object.keys(EVENT_TYPES).filter((name): name is keyof typeof EVENT_TYPES =>
    Object.hasOwn(EVENT_TYPES, name),
  );
}
