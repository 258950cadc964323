import { writeFileSync } from 'node:fs';
import { eventJsonSchema } from './event-json-schema.ts';

// `npm run docs:schema`: after every change of lib/core/envelope-schema.ts
writeFileSync(new URL('../../docs/event.schema.json', import.meta.url), eventJsonSchema());
