import { listAnswerSources, stampSources } from './answer-sources.ts';
import type { AskGit, Environment, GitAnswer } from './run-git.ts';

/** What git said in one folder. */
interface Known {
  readonly environment: Environment;
  readonly knownAt: number;
  readonly sources: readonly string[];
  readonly stamp: string;
  readonly answers: Map<string, GitAnswer>;
}

/**
 * Asks git as `ask` does, and gives its answer again without asking while nothing changed that
 * decides about it: the repository's folders and settings, those of the user and of the machine,
 * and what they include. Use it only for calls that read nothing else. It asks git again after five
 * minutes, in case another file has changed.
 */
export function rememberAnswers(ask: AskGit, clock: () => number): AskGit {
  const folders = new Map<string, Known>();
  return async (folder, args, environment, limits) => {
    const call = args.join('\0');
    const found = folders.get(folder);
    const known =
      found?.environment === environment && isCurrent(found, clock()) ? found : undefined;
    const kept = known?.answers.get(call);
    if (kept !== undefined) return kept;
    const startedAt = clock();
    const answer = await ask(folder, args, environment, limits);
    if ('problem' in answer) return answer;
    if (known === undefined) {
      folders.delete(folder);
      if (folders.size >= MAX_FOLDERS) folders.clear();
      const listed = await ask(folder, LIST, environment, limits);
      const learned = learn(folder, { environment, startedAt, listed });
      if (learned !== undefined) folders.set(folder, learned);
    } else if (isCurrent(known, clock())) known.answers.set(call, answer);
    return answer;
  };
}

interface Listed {
  readonly environment: Environment;
  readonly startedAt: number;
  /** The answer to {@link LIST}. */
  readonly listed: GitAnswer;
}

/** Answers are kept from the next question on: these sources were not known before this one. */
function learn(folder: string, { environment, startedAt, listed }: Listed): Known | undefined {
  if ('problem' in listed) return undefined;
  const sources = listAnswerSources(folder, environment, listed.output.toString('utf8'));
  if (sources === undefined) return undefined;
  const { text, changedMs } = stampSources(sources);
  // a change in the same moment as one before it can look the same
  if (changedMs >= startedAt - RECENT_MS) return undefined;
  return { environment, knownAt: startedAt, sources, stamp: text, answers: new Map() };
}

const LIST = ['config', '--list', '--show-origin', '-z'];

const MAX_FOLDERS = 100;

/** The longest that an answer is given without asking. */
const MAX_AGE_MS = 5 * 60_000;

/** Some file systems tell times in whole seconds. */
const RECENT_MS = 2_000;

function isCurrent({ knownAt, sources, stamp }: Known, now: number): boolean {
  return Math.abs(now - knownAt) < MAX_AGE_MS && stampSources(sources).text === stamp;
}
