import { rmSync } from 'node:fs';
import { writeView } from '../../core/write-view.ts';
import type { Database } from '../../store/database.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { inTransaction } from '../../store/transaction.ts';
import { confidence } from './judge.ts';
import type { FailureView } from './known-pattern.ts';
import { canWarn, canWarnUntil } from './can-warn.ts';
import { literalsOfKey } from './needle-literals.ts';
import {
  commandOfPattern,
  keepLiterals,
  literalsOf,
  removeLiterals,
  summarisePattern,
} from './table-patterns.ts';
import { failedCommands } from './table-runs.ts';
import { patternsOfCommand, type StoredPattern } from './stored-patterns.ts';

/**
 * The 'failure' refresher: writes the view of one command, from which hooks answer, or removes it when there is nothing to warn Claude of.
 * Asks for the needles when this command came to them or left them.
 */
export function refreshFailureView(
  database: Database,
  key: string,
  place: { readonly views: string; readonly now: number },
): void {
  inTransaction(database, () => makeView(database, key, place));
}

function makeView(
  database: Database,
  key: string,
  { views, now }: { readonly views: string; readonly now: number },
): void {
  const known = patternsOfCommand(database, key);
  for (const { pattern, places } of known) summarisePattern(database, { ...pattern, places });
  const view = viewOf(known);
  const needle = known.map((stored) => stored.needle).find((text) => text !== '');
  const isNews =
    view !== undefined &&
    needle !== undefined &&
    canWarn(
      view,
      key,
      known.some(({ isGeneral }) => isGeneral),
      now,
    )
      ? speakOf(database, { key, needle, view, known, views, now })
      : keepSilent(database, key, views);
  if (isNews) requestRefresh(database, 'needles', ['']);
}

/** The 'pattern' refresher: asks for the view of the command that fails in this way, if the pattern is known. */
export function refreshPattern(database: Database, id: string): void {
  const key = commandOfPattern(database, id);
  if (key !== undefined) requestRefresh(database, 'failure', [key]);
}

function viewOf(known: readonly StoredPattern[]): FailureView | undefined {
  const [first] = known;
  return first === undefined
    ? undefined
    : {
        format: 1,
        text: first.command,
        tool: first.pattern.tool,
        patterns: known.map(({ pattern }) => pattern),
      };
}

interface Spoken {
  readonly key: string;
  readonly needle: string;
  readonly view: FailureView;
  readonly known: readonly StoredPattern[];
  readonly views: string;
  readonly now: number;
}

/** @returns whether the needles change by it. */
function speakOf(database: Database, { key, needle, view, known, views, now }: Spoken): boolean {
  writeView(views, `failures/${key.slice(0, 2)}/${key}.json`, JSON.stringify(view));
  const before = literalsOf(database, key);
  const isGeneral = known.some((stored) => stored.isGeneral);
  const sureness = Math.max(
    ...view.patterns.map((pattern) =>
      pattern.isSet && pattern.action !== 'mute' ? 1 : confidence(pattern, now),
    ),
  );
  const commands = failedCommands(database, key);
  const literals = JSON.stringify(
    literalsOfKey({ view, key, isGeneral, coarse: needle, commands, now }),
  );
  const fadesAt = canWarnUntil(view, key, isGeneral, now);
  keepLiterals(database, key, { literals, confidence: sureness, fadesAt });
  return before !== literals;
}

/** @returns whether the needles change by it. */
function keepSilent(database: Database, key: string, views: string): boolean {
  rmSync(`${views}/failures/${key.slice(0, 2)}/${key}.json`, { force: true });
  return removeLiterals(database, key);
}
