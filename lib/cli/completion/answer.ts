import { readFileSync } from 'node:fs';
import { systemClock } from '../../core/clock.ts';
import { packageFolder } from '../../core/package-folder.ts';
import { clearOwnerUmask, locateUsableStateFolder } from '../../core/state-folder.ts';
import { openOutput } from '../output.ts';
import { complete, filterCandidates } from './complete.ts';
import type { CompletionTable } from './completion-table.ts';
import { findRecordedWords } from './recorded-words.ts';
import { formatCompletions, readRequest } from './request.ts';

/**
 * Answers what a completion script asks of what was recorded. Says nothing of what fails, because a
 * person is typing.
 */
export async function answerProcess(): Promise<void> {
  clearOwnerUmask();
  const request = readRequest(process.argv.slice(2));
  if (request === undefined) return;
  try {
    const completion = complete(request.words, readTable());
    const { kind = '', begun, candidates } = completion;
    const environment = process.env;
    const folder = locateUsableStateFolder(environment);
    const recorded = await findRecordedWords(kind, begun, {
      environment,
      folder,
      clock: systemClock,
    });
    const all = [...candidates, ...filterCandidates(recorded, begun)];
    openOutput('stdout', () => undefined).write(formatCompletions(request.shell, completion, all));
  } catch {
    process.exitCode = 1;
  }
}

function readTable(): CompletionTable {
  return JSON.parse(readFileSync(`${packageFolder()}/dist/completion.json`, 'utf8'));
}
