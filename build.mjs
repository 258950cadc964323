// Builds dist/: one CommonJS file per hook (only node:fs), ES modules for the rest.
import { rmSync } from 'node:fs';
import { buildEntry } from './build/commands.mjs';
import { buildHooks } from './build/hooks.mjs';
import { declareTypes, escapePatterns, noteBuild } from './build/output.mjs';
import { buildPage } from './build/page.mjs';
import { buildPrograms } from './build/programs.mjs';

rmSync('dist', { recursive: true, force: true });
await buildHooks();
await buildPrograms();
await buildEntry();
escapePatterns();
await buildPage();
noteBuild();
declareTypes();
