import { writeFileSync } from 'node:fs';
import { compiledTables } from './secret-tables.ts';

writeFileSync('lib/secrets/compiled-tokens.ts', compiledTables());
