import {
  isJsonObject,
  type JsonObject,
  numberField,
  objectField,
  parseJsonObject,
} from '../../core/json.ts';
import { readPlainFile } from '../../core/read-plain-file.ts';
import { readView } from '../../core/read-view.ts';
import type { StateFolder } from '../../core/state-folder.ts';

/** The view, below `views/`. */
export const BUDGET_VIEW = 'budget/spending.json';

/** What hooks do about a budget that is used up. The worker prepares it, texts included. */
export interface BudgetAnswer {
  /** The entry of the setting. The answer holds only while the setting has it. */
  readonly entry: string;
  readonly budget: 'day' | 'session' | 'agents';
  readonly dollars: number;
  readonly spent: number;
  readonly action: 'warn' | 'ask' | 'deny';
  /** Tells this crossing from others: of another day, or of another amount. */
  readonly key: string;
  /** Tells one question from the next. */
  readonly askKey?: string;
  /** When it ends, if it does. Milliseconds since the epoch. */
  readonly until?: number;
  /** By verdict, and what Claude (`context`) and the user (`message`) read of a warning. */
  readonly says: Readonly<
    Partial<Record<'context' | 'message' | 'asked' | 'denied' | 'blocked', string>>
  >;
}

export interface BudgetView {
  readonly format: 2;
  /** Of all sessions. */
  readonly day: readonly BudgetAnswer[];
  /** Of one session each, of those that are at work. */
  readonly sessions: Readonly<Record<string, readonly BudgetAnswer[]>>;
}

/** Returns the answers that hold for a session; none when nothing is known. Never throws. */
export function readBudgetAnswers(
  folder: StateFolder,
  session: string,
  now: number,
): readonly JsonObject[] {
  const view = readView(`${folder.views}/${BUDGET_VIEW}`);
  const answers = view?.['format'] === 2 ? answersIn(view, session) : [];
  if (answers.length === 0) return [];
  const entries = readBudgetEntries(folder);
  return answers.filter(
    (answer) =>
      entries.includes(answer['entry']) && (numberField(answer, 'until') ?? now + 1) > now,
  );
}

function answersIn(view: JsonObject, session: string): readonly JsonObject[] {
  const sessions = objectField(view, 'sessions');
  const own = Object.hasOwn(sessions, session) ? sessions[session] : [];
  return [view['day'], own].flatMap((list) =>
    Array.isArray(list) ? list.filter(isJsonObject) : [],
  );
}

/**
 * Reads the user's own setting, so that lifting a budget counts at once. Larger files than any user
 * writes, pipes and folders have no entries.
 */
function readBudgetEntries({ configFile }: StateFolder): readonly unknown[] {
  const read = readPlainFile(configFile, { maxBytes: 1_048_576, followsLinks: true });
  const entries = parseJsonObject(read !== undefined && 'text' in read ? read.text : '')?.[
    'budgets'
  ];
  return Array.isArray(entries) ? entries : [];
}
