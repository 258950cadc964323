import { readFileSync } from 'node:fs';
import { systemClock } from '../../core/clock.ts';
import { packageFolder } from '../../core/package-folder.ts';
import { keepOwnRights, usableStateFolder } from '../../core/state-folder.ts';
import { openOutput } from '../output.ts';
import { complete, fitting } from './complete.ts';
import type { CompletionTable } from './completion-table.ts';
import { recordedWords } from './recorded-words.ts';
import { answerText, readRequest } from './request.ts';

/**
 * Answers what a completion script asks of what was recorded. Says nothing of what fails, because a
 * person is typing.
 */
export async function answerProcess(): Promise<void> {
  keepOwnRights();
  const request = readRequest(process.argv.slice(2));
  if (request === undefined) return;
  try {
    const completion = complete(request.words, readTable());
    const { kind = '', begun, candidates } = completion;
    const environment = process.env;
    const folder = usableStateFolder(environment);
    const recorded = await recordedWords(kind, begun, { environment, folder, clock: systemClock });
    const all = [...candidates, ...fitting(recorded, begun)];
    openOutput('stdout', () => undefined).write(answerText(request.shell, completion, all));
  } catch {
    process.exitCode = 1;
  }
}

function readTable(): CompletionTable {
  return JSON.parse(readFileSync(`${packageFolder()}/dist/completion.json`, 'utf8'));
}
