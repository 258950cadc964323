import type { Context, Hono } from 'hono';
import {
  type DeadLetterChange,
  discardDeadLetters,
  retryDeadLetters,
} from '../../../actions/dead-letters.ts';
import { WaymarkError } from '../../../core/errors.ts';
import { isJsonObject, type JsonObject, stringField } from '../../../core/json.ts';
import {
  type AnyDeadLetter,
  chooseDeadLetters,
  type DeadLetterSummary,
  listAllDeadLetters,
  readDeadLetter,
} from '../../../query/dead-letters.ts';
import { bodyOf, sendJson, textParameter } from '../answer.ts';
import type { DashboardPlace } from '../place.ts';

/** Entries and deliveries that were given up. */
export interface DeadLettersAnswer {
  readonly letters: readonly DeadLetterSummary[];
  /** Letters beyond those. */
  readonly more: number;
  /** ISO time of the latest of them all; what comes later is not meant by "all". */
  readonly newest: string | null;
  /** Why deliveries are left out; `null` when they are not. */
  readonly problem: string | null;
}

/** One of them, with what it holds. */
export interface DeadLetterAnswer {
  readonly letter: DeadLetterSummary;
  readonly content: string;
  readonly remedy: string | null;
  /** What the handler printed, or the receiver answered. */
  readonly output: string | null;
}

/** What became of a change. */
export interface DeadLettersChanged extends DeadLetterChange {
  readonly count: number;
}

const MAX_LETTERS = 500;

/** `/api/dead-letters`: what was given up, why; retry and discard. */
export function addDeadLetterRoutes(app: Hono, place: DashboardPlace): void {
  const { folder } = place;
  app.get('/api/dead-letters', async (context) => {
    const handler = textParameter(context, 'handler');
    const problems: string[] = [];
    const all = await listAllDeadLetters(folder, (problem) => problems.push(problem));
    const letters = all
      .map(({ summary }) => summary)
      .filter((one) => handler === undefined || one.handler === handler)
      .toReversed();
    return sendJson(context, {
      letters: letters.slice(0, MAX_LETTERS),
      more: Math.max(0, letters.length - MAX_LETTERS),
      newest: letters.reduce(later, null),
      problem: problems[0] ?? null,
    } satisfies DeadLettersAnswer);
  });
  app.get('/api/dead-letter', async (context) => {
    const id = textParameter(context, 'id') ?? '';
    const { letter, content, why } = await readDeadLetter(folder, id, () => undefined);
    return sendJson(
      context,
      {
        letter: letter.summary,
        content,
        remedy: stringField(why ?? {}, 'remedy') ?? null,
        output: letter.delivery?.output ?? null,
      } satisfies DeadLetterAnswer,
      70_000,
    );
  });
  app.post('/api/dead-letters/retry', (context) => changeLetters(context, place, retryDeadLetters));
  app.post('/api/dead-letters/discard', (context) =>
    changeLetters(context, place, discardDeadLetters),
  );
}

async function changeLetters(
  context: Context,
  place: DashboardPlace,
  change: (place: DashboardPlace, letters: readonly AnyDeadLetter[]) => Promise<DeadLetterChange>,
): Promise<Response> {
  const choice = choiceIn(await bodyOf(context));
  const all = await listAllDeadLetters(place.folder, () => undefined);
  const known = all.filter(({ summary }) => isMeant(summary, choice));
  if (choice.seen === undefined) {
    // one that is gone meanwhile was decided about in another tab
    if (known.length === 0) chooseDeadLetters(all, { ids: choice.ids, all: false });
  } else if (known.length > choice.seen.count) throw others();
  const changed = await change(place, known);
  return sendJson(context, { ...changed, count: known.length } satisfies DeadLettersChanged);
}

/** Which letters a page means: some by their ids, or all that it knew when it was drawn. */
interface ShownChoice {
  readonly ids: readonly string[];
  readonly seen?: { readonly newest: string | null; readonly count: number } | undefined;
  readonly handler?: string | undefined;
}

/**
 * Whether a letter is one of those, or was given up before the page was drawn. One without a time
 * is meant only by its id.
 */
function isMeant({ id, at, handler }: DeadLetterSummary, choice: ShownChoice): boolean {
  if (choice.handler !== undefined && handler !== choice.handler) return false;
  if (choice.ids.includes(id)) return true;
  const newest = choice.seen?.newest ?? null;
  return newest !== null && at !== null && Date.parse(at) <= Date.parse(newest);
}

/** Two workers may give up at once: the later time can be visible first. */
function others(): WaymarkError {
  return new WaymarkError(
    'USAGE',
    'Cannot change all dead letters: new ones arrived after the page was loaded',
    { remedy: 'Look at the list again, then decide.' },
  );
}

function later(newest: string | null, { at }: DeadLetterSummary): string | null {
  if (newest === null || at === null) return newest ?? at;
  return Date.parse(at) > Date.parse(newest) ? at : newest;
}

/** @throws {@link WaymarkError} USAGE for a body that names no letters. */
function choiceIn({ ids, seen, handler }: JsonObject): ShownChoice {
  const texts = Array.isArray(ids) ? ids.filter((id): id is string => typeof id === 'string') : [];
  const known = isJsonObject(seen) ? seenIn(seen) : undefined;
  if (texts.length > 0 || known !== undefined)
    return { ids: texts, seen: known, handler: typeof handler === 'string' ? handler : undefined };
  throw new WaymarkError('USAGE', 'Cannot read the change: ids is not a list of ids');
}

function seenIn({ newest, count }: JsonObject): ShownChoice['seen'] {
  if (typeof count !== 'number' || (newest !== null && typeof newest !== 'string'))
    throw new WaymarkError('USAGE', 'Cannot read the change: seen has no newest and count');
  return { newest, count };
}
