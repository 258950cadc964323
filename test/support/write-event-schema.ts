import { writeFileSync } from 'node:fs';
import { eventJsonSchema } from './event-json-schema.ts';

// `npm run docs:schema`: after every change of lib/events/envelope-schema.ts
writeFileSync(new URL('../../docs/event.schema.json', import.meta.url), eventJsonSchema());
