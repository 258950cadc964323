import { rmSync } from 'node:fs';
import { writeView } from '../../core/write-view.ts';
import { stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { confidence } from './judge.ts';
import type { FailureView } from './known-pattern.ts';
import { mayBeSaid, saidUntil } from './may-be-said.ts';
import { literalsOfKey } from './needle-literals.ts';
import { patternsOfCommand, type StoredPattern } from './stored-patterns.ts';

const SUMMARISE = `UPDATE failure_patterns SET kind = ?2, sessions = ?3, projects = ?4
  WHERE id = ?1 AND (kind, sessions, projects) <> (?2, ?3, ?4)`;

const COMMANDS = `SELECT exact, command FROM command_runs
  WHERE command_key = ? AND pattern_id IS NOT NULL AND command IS NOT NULL ORDER BY at DESC LIMIT 200`;

const KEEP_NEEDLE = `INSERT INTO failure_needles (command_key, literals, confidence, fades_at) VALUES (?, ?, ?, ?)
  ON CONFLICT (command_key) DO UPDATE SET literals = excluded.literals, confidence = excluded.confidence, fades_at = excluded.fades_at`;

/**
 * The 'failure' refresher: writes the view of one command, from which hooks answer, or removes it when there is nothing that Claude could be told.
 * Asks for the needles when this command came to them or left them.
 */
export function refreshFailureView(
  database: Database,
  key: string,
  { views, now }: { readonly views: string; readonly now: number },
): void {
  const known = patternsOfCommand(database, key);
  for (const { pattern, places } of known)
    database.prepare(SUMMARISE).run(pattern.id, pattern.kind, pattern.sessions, places);
  const view = viewOf(known);
  const needle = known.map((stored) => stored.needle).find((text) => text !== '');
  const isNews =
    view !== undefined &&
    needle !== undefined &&
    mayBeSaid(
      view,
      key,
      known.some(({ isGeneral }) => isGeneral),
      now,
    )
      ? speakOf(database, { key, needle, view, known, views, now })
      : keepSilent(database, key, views);
  if (isNews) requestRefresh(database, 'needles', ['']);
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
  const before = stringField(
    database.prepare('SELECT literals FROM failure_needles WHERE command_key = ?').get(key) ?? {},
    'literals',
  );
  const isGeneral = known.some((stored) => stored.isGeneral);
  const sureness = Math.max(
    ...view.patterns.map((pattern) =>
      pattern.isSet && pattern.action !== 'mute' ? 1 : confidence(pattern, now),
    ),
  );
  const commands = commandsOf(database, key);
  const literals = JSON.stringify(
    literalsOfKey({ view, key, isGeneral, coarse: needle, commands, now }),
  );
  database.prepare(KEEP_NEEDLE).run(key, literals, sureness, saidUntil(view, key, isGeneral, now));
  return before !== literals;
}

/** The commands of a key that failed, by `exact`. */
function commandsOf(database: Database, key: string): ReadonlyMap<string, string> {
  const rows = database.prepare(COMMANDS).all(key);
  return new Map(
    rows.map((row) => [stringField(row, 'exact') ?? '', stringField(row, 'command') ?? '']),
  );
}

/** @returns whether the needles change by it. */
function keepSilent(database: Database, key: string, views: string): boolean {
  rmSync(`${views}/failures/${key.slice(0, 2)}/${key}.json`, { force: true });
  return database.prepare('DELETE FROM failure_needles WHERE command_key = ?').run(key).changes > 0;
}
