import { writeFileSync } from 'node:fs';
import { eventTypesPage } from './event-types-page.ts';
import { eventTypesSchema } from './event-types-schema.ts';

// `npm run docs:types`: after every change in lib/events/types/
const docs = (name: string): URL => new URL(`../../docs/${name}`, import.meta.url);
writeFileSync(docs('event-types.md'), eventTypesPage());
writeFileSync(docs('event-types.schema.json'), eventTypesSchema());
