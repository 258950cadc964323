import { toJsonSchema } from '@valibot/to-json-schema';
import { ENVELOPE_SCHEMA, PAYLOAD_SCHEMA } from '../../lib/events/envelope-schema.ts';

/** The text of docs/event.schema.json. */
export function eventJsonSchema(): string {
  const { $schema, ...schema } = toJsonSchema(ENVELOPE_SCHEMA, {
    target: 'draft-2020-12',
    typeMode: 'output',
    ignoreActions: ['check'],
    overrideSchema: ({ valibotSchema }) =>
      valibotSchema === PAYLOAD_SCHEMA
        ? {
            type: 'object',
            description: 'What there is to know of it; its fields depend on event_type.',
          }
        : undefined,
  });
  const title = 'waymark event';
  const description =
    'The one shape of everything that flows through waymark. A file dropped into queue/pending/ needs only event_type: the worker fills in the rest.';
  return `${JSON.stringify({ $schema, title, description, ...schema }, null, 2)}\n`;
}
