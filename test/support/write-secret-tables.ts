import { writeFileSync } from 'node:fs';
import { compiledStarts, compiledTables } from './secret-tables.ts';

writeFileSync('lib/secrets/compiled-tokens.ts', compiledTables());
writeFileSync('lib/secrets/compiled-starts.ts', compiledStarts());
