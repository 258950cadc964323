import { existsSync } from 'node:fs';
import type { Budget } from '../config/budgets.ts';
import { type JsonObject, objectField, stringField } from '../core/json.ts';
import { readView, readViewText } from '../core/read-view.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { writeView } from '../core/write-view.ts';
import { saidMark } from '../features/budget/decide.ts';
import { BUDGET_VIEW, readBudgetAnswers } from '../features/budget/budget-view.ts';
import { listContextNeedles } from '../features/context/active-sessions.ts';
import { listFailureNeedles, MAX_NEEDLES } from '../features/failure/needles.ts';
import { listRestoredNeedles } from '../features/restored/view.ts';
import { isSessionNeedle, sessionNeedle } from '../hook/session-needle.ts';
import type { Database } from '../store/database.ts';

const FILE = 'failures/needles';

/** Where to write the needles, and the clock that decides which sessions are active. */
export interface NeedlePlace {
  readonly folder: StateFolder;
  readonly clock: () => number;
  /** The user's budgets; left out: none. */
  readonly budgets?: () => readonly Budget[];
}

/**
 * Refresher of the kind 'needles': writes the strings for which the gate in front of PreToolUse
 * searches each call. Sessions come first, because they are few.
 */
export function writeNeedles(database: Database, place: NeedlePlace): void {
  const { folder } = place;
  const all = [...sessionNeedles(database, place), ...listFailureNeedles(database)];
  const lines = [...new Set(all)].slice(0, MAX_NEEDLES);
  writeView(folder.views, FILE, lines.map((line) => `${line}\n`).join(''));
}

/**
 * Whether the file has the session needles that it must have now. The event of a hook that spoke
 * may be missing.
 */
export function areSessionNeedlesWritten(database: Database, place: NeedlePlace): boolean {
  const written = readViewText(`${place.folder.views}/${FILE}`).split('\n').filter(isSessionNeedle);
  return written.join('\n') === sessionNeedles(database, place).join('\n');
}

/** Returns the needles of sessions with a message for Claude, each once. */
function sessionNeedles(
  database: Database,
  { folder, clock, budgets = () => [] }: NeedlePlace,
): readonly string[] {
  const now = clock();
  return [
    ...new Set([
      ...listContextNeedles(database, folder, now),
      ...listRestoredNeedles(database, folder, now),
      ...budgetNeedles(folder, budgets(), now),
    ]),
  ];
}

/**
 * What the gate in front of PreToolUse looks for while a budget is used up: the ids of the sessions
 * in the view. Without a budget there is no view, and no call starts Node for it.
 */
export function budgetNeedles(
  folder: StateFolder,
  budgets: readonly Budget[],
  now: number,
): readonly string[] {
  if (budgets.length === 0) return [];
  const view = readView(`${folder.views}/${BUDGET_VIEW}`) ?? {};
  return Object.keys(objectField(view, 'sessions'))
    .filter((session) =>
      readBudgetAnswers(folder, session, now).some((one) => isPending(folder, session, one)),
    )
    .toSorted()
    .map(sessionNeedle);
}

/** A warning is given once; an ask or a refusal holds as long as the budget is used up. */
function isPending({ throttle }: StateFolder, session: string, answer: JsonObject): boolean {
  const mark = saidMark(stringField(answer, 'key') ?? '');
  return answer['action'] !== 'warn' || !existsSync(`${throttle}/${session}/${mark}`);
}
