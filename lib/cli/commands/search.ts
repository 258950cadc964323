import { resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { rebuildSearch } from '../../actions/rebuild-search.ts';
import { WaymarkError } from '../../core/errors.ts';
import { realPathOr } from '../../core/state-folder.ts';
import { formatBytes, formatCount, plural } from '../../core/units.ts';
import { type SearchResult, searchSessions } from '../../query/search.ts';
import { SEARCH_SCOPES, type SearchOptions, type SearchScope } from '../../query/search-hit.ts';
import { countRows } from '../../query/builder.ts';
import { explainNothing } from '../../query/explain-nothing.ts';
import { findSession } from '../../query/find-session.ts';
import { queryStore } from '../../query/store-view.ts';
import { formatHitsAsJson } from '../json/search-json.ts';
import { CANCELLED, onInterrupt } from '../on-interrupt.ts';
import { formatHits, formatNothingFound } from '../text/hit-text.ts';
import { formatEmptyList } from '../text/empty-list-text.ts';

import { parseLimit, parseWhen } from '../text/parse-when.ts';

interface SearchFlags {
  readonly in?: string;
  readonly project?: string;
  readonly session?: string;
  readonly since?: string;
  readonly tag?: string;
  readonly failed?: boolean;
  readonly limit: string;
  readonly json?: boolean;
  readonly rebuild?: boolean;
  readonly store?: string;
}

const EXAMPLES = `
Finds places that contain all of the words. "Quotes" make a phrase; word* finds
words with this beginning. Other characters separate words.

Examples:
  $ waymark search rounding cents               both words, best first
  $ waymark search '"half a cent" inv*'         a phrase and a beginning
  $ waymark search money.ts --in files,errors   only in files and errors
  $ waymark search deploy --failed --since 2w   failed calls of two weeks
  $ waymark search --rebuild                    rebuild the index`;

/** Columns where there is no terminal. */
const WIDTH = 80;

/** `waymark search WORDS`: finds what was said, done and printed in all sessions. */
export const addSearch: AddCommand = (program, context) => {
  program
    .command('search')
    .argument('[words...]', 'words, "phrases" and beginnings*')
    .option('--in <kinds>', `search only these: some of ${SEARCH_SCOPES.join(', ')}`)
    .option('--project <path>', 'only sessions in this folder, below it, or in this work tree')
    .option('--session <id>', 'only this session')
    .option('--since <when>', 'since this time: 30m, 2h, 7d, 2w (ago), a date or an ISO time')
    .option('--tag <tag>', 'only sessions with this tag')
    .option('--failed', 'only calls that failed or were rejected')
    .option('--limit <n>', 'list at most this many', '20')
    .option('--json', 'print a JSON array')
    .option('--rebuild', 'rebuild the index from the stored data')
    .addHelpText('after', EXAMPLES)
    .action((words: readonly string[], flags: SearchFlags) =>
      flags.rebuild === true ? rebuild(context, words, flags) : search(context, words, flags),
    );
};

async function search(
  context: CommandContext,
  words: readonly string[],
  flags: SearchFlags,
): Promise<void> {
  if (words.length === 0)
    throw new WaymarkError('USAGE', 'Cannot search sessions: the words are missing', {
      remedy: 'Give some: `waymark search rounding cents`.',
    });
  const { print, printJson, paint, clock, width = WIDTH } = context;
  const folder = context.folder();
  const now = clock();
  const session = flags.session === undefined ? undefined : await wholeId(context, flags.session);
  const options = {
    now,
    limit: parseLimit(flags.limit, '--limit'),
    snippetLimit: Math.max(60, 2 * width),
    ...(flags.in === undefined ? {} : { scopes: scopesOf(flags.in) }),
    ...(flags.project === undefined
      ? {}
      : { project: realPathOr(resolve(context.cwd, flags.project)) }),
    ...(session === undefined ? {} : { session }),
    ...(flags.since === undefined ? {} : { since: parseWhen(flags.since, now, '--since') }),
    ...(flags.tag === undefined ? {} : { tag: flags.tag }),
    ...(flags.failed === true ? { failedOnly: true } : {}),
  };
  const result = await searchSessions(folder, words.join(' '), options);
  if (flags.json === true) {
    for (const note of listNotes(result)) context.warn(note);
    return printJson(formatHitsAsJson(result.hits));
  }
  for (const line of formatHits(result.hits, { paint, now, width })) print(line);
  if (
    result.hits.length === 0 &&
    !result.isEmpty &&
    (await queryStore(folder, 0, (database) => countRows(database, 'sessions'))) === 0
  )
    print(context.runnable(formatEmptyList(folder, NO_SESSIONS)));
  else if (result.hits.length > 0 || result.isEmpty || result.isMissing)
    printNotes(context, result);
  else await printNothing(context, words.join(' '), options, result);
}

const NO_SESSIONS = { what: 'sessions', elsewhere: 0, all: 'waymark sessions' };

/** What was left out, one line each. */
function listNotes({ isCut, isOutputSkipped, isAskCut, waiting }: SearchResult): readonly string[] {
  return [
    ...(isAskCut ? ['Only the first 24 words were searched.'] : []),
    ...(isCut ? ['More than 5,000 places match: the latest 5,000 were ranked.'] : []),
    ...(isOutputSkipped
      ? ['Output of calls was not searched: newer places rank first. --in outputs searches it.']
      : []),
    ...(waiting > 0 ? [`The index is being built: ${plural(waiting, 'session')} left.`] : []),
  ];
}

async function printNothing(
  { folder, print, runnable }: CommandContext,
  words: string,
  options: SearchOptions,
  result: SearchResult,
): Promise<void> {
  const found = await explainNothing(folder(), words, options);
  for (const line of formatNothingFound(found)) print(runnable(line));
  for (const note of listNotes(result)) print(note);
}

/** Notes beside the hits, or in their place. */
function printNotes({ print, runnable, paint }: CommandContext, result: SearchResult): void {
  const { hits, isEmpty, isMissing } = result;
  const notes = listNotes(result);
  if (hits.length > 0) {
    if (notes.length > 0) print();
    for (const note of notes) print(paint.dim(note));
    return;
  }
  if (isEmpty) print('No word to search: give some letters or digits.');
  if (isMissing)
    print(
      runnable('The worker has not built the index yet. Build it now: `waymark search --rebuild`'),
    );
  for (const note of notes) print(note);
}

function wholeId(context: CommandContext, wanted: string): Promise<string> {
  return queryStore(context.folder(), wanted, (database) => findSession(database, wanted, context));
}

function scopesOf(text: string): readonly SearchScope[] {
  const names = text.split(',').map((name) => name.trim());
  return names.map((name) => {
    const scope = SEARCH_SCOPES.find((one) => one === name || one === `${name}s`);
    if (scope === undefined)
      throw new WaymarkError(
        'USAGE',
        `Cannot use --in ${text}: expected some of ${SEARCH_SCOPES.join(', ')}`,
      );
    return scope;
  });
}

/** How often the progress is shown on a terminal. */
const SHOW_MS = 100;

async function rebuild(
  context: CommandContext,
  words: readonly string[],
  flags: SearchFlags,
): Promise<void> {
  if (words.length > 0)
    throw new WaymarkError('USAGE', 'Cannot use words with --rebuild: it only builds the index', {
      remedy: 'Rebuild first, then search.',
    });
  if (context.folder().team !== undefined && flags.store !== undefined)
    throw new WaymarkError('USAGE', 'Cannot rebuild the index of a team: PostgreSQL keeps it', {
      remedy: 'Leave out --store to rebuild the index of this machine.',
    });
  const { print, printJson, clock, stderr, exitWith } = context;
  const { team: _team, ...folder } = context.folder();
  const interrupt = onInterrupt();
  let shownAt = Number.NEGATIVE_INFINITY;
  const isShown = stderr.isTTY === true && flags.json !== true;
  const show = (text: string): void => void stderr.write(`\r\u001b[K${text}`);
  try {
    const result = await rebuildSearch(
      { ...context.actionContext(), folder },
      async () => {
        await nextTurn();
        return !interrupt.signal.aborted;
      },
      ({ sessions, allSessions, documents, bytes }) => {
        const now = clock();
        if (!isShown || Math.abs(now - shownAt) < SHOW_MS) return;
        shownAt = now;
        const part = allSessions === 0 ? 1 : sessions / allSessions;
        show(
          `${bar(part)} ${sessions} of ${plural(allSessions, 'session')}, ${formatCount(documents)} places, ${formatBytes(bytes)} read`,
        );
      },
    );
    if (isShown) show('');
    if (flags.json === true) printJson(result);
    else if (result.isDone)
      print(
        `The index is built: ${formatCount(result.documents)} places of ${plural(result.sessions, 'session')}.`,
      );
    else
      print(
        `Stopped at ${result.sessions} of ${plural(result.allSessions, 'session')}. The worker continues from there.`,
      );
    if (!result.isDone) exitWith(CANCELLED);
  } finally {
    interrupt.forget();
  }
}

const BAR_WIDTH = 20;

function bar(part: number): string {
  const full = Math.round(part * BAR_WIDTH);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}`;
}
