import { existsSync, readFileSync } from 'node:fs';
import { loadCompiled } from '../load-compiled.ts';
import { openOutput } from '../output.ts';
import { complete } from './complete.ts';
import type { CompletionTable } from './completion-table.ts';
import { formatCompletions, readRequest, SHELLS } from './request.ts';
import { SCRIPTS } from './scripts.ts';

/** Files that the build writes beside this one. */
const [WORDS, RECORDED, COMMAND] = [
  `${__dirname}/completion.json`,
  `${__dirname}/completion-recorded.cjs`,
  `${__dirname}/commands/completion.cjs`,
];

start(process.argv.slice(2));

/**
 * `waymark completion …` begins here: what needs neither the parser of command lines nor what was
 * recorded is answered at once.
 */
function start(args: readonly string[]): void {
  const text = answerTo(args);
  if (text !== undefined) openOutput('stdout', () => undefined).write(text);
  else loadCompiled(readRequest(args) === undefined ? COMMAND : RECORDED);
}

function answerTo(args: readonly string[]): string | undefined {
  const shell = SHELLS.find((name) => name === args[1]);
  if (shell !== undefined && args.length === 2) return SCRIPTS[shell];
  const request = readRequest(args);
  if (request === undefined || !existsSync(WORDS)) return undefined;
  const table: CompletionTable = JSON.parse(readFileSync(WORDS, 'utf8'));
  const completion = complete(request.words, table);
  const { kind, candidates } = completion;
  const isKnown = kind === undefined || kind === 'files' || kind === 'folders';
  return isKnown ? formatCompletions(request.shell, completion, candidates) : undefined;
}
