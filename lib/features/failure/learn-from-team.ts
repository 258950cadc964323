import type { Database, Row } from '../../store/database.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { commandsIn } from './team-patterns.ts';
import {
  deleteAllTeamRows,
  deleteTeamRows,
  markSuccessesUnlearned,
  readSurplusTeamIds,
  readTeamKeys,
  readTeamRows,
  saveTeamRow,
} from './table-team.ts';

/** Successful calls that are looked at when the team teaches about new commands. */
const MAX_SUCCESSES = 20_000;

/**
 * Replaces what the team knows of some patterns, inside the transaction of the caller, and requests
 * the views of commands about which it changed. Successes of these commands are learned from again:
 * they end warnings.
 * @param ids The patterns that the team was asked about.
 * @param rows Rows of `team_patterns` for those that are worth knowing.
 * @returns the number of patterns that changed.
 */
export function learnFromTeam(
  database: Database,
  ids: readonly string[],
  rows: readonly Row[],
): number {
  const known = byId(readTeamRows(database, ids));
  const news = rows.filter((row) => !isSame(row, known.get(String(row['id']))));
  const wanted = byId(rows);
  const gone = [...known.keys()].filter((id) => !wanted.has(id));
  for (const row of news) saveTeamRow(database, row);
  const surplus = readSurplusTeamIds(database);
  const removed = [...gone, ...surplus].flatMap((id) => readTeamRows(database, [id]));
  deleteTeamRows(
    database,
    removed.map((row) => String(row['id'])),
  );
  learnSuccesses(
    database,
    news.filter((row) => !known.has(String(row['id']))),
  );
  const keys = new Set([...news, ...removed].map((row) => String(row['command_key'])));
  requestRefresh(database, 'failure', keys);
  return news.length + gone.length;
}

/** Deletes everything that came from the team, inside the transaction of the caller. */
export function forgetTeam(database: Database): void {
  requestTeamViews(database);
  deleteAllTeamRows(database);
}

/** Requests the views of all commands of which the team knows something. */
export function requestTeamViews(database: Database): void {
  requestRefresh(database, 'failure', readTeamKeys(database));
}

function learnSuccesses(database: Database, rows: readonly Row[]): void {
  const texts = rows.map((row) => String(row['needle'])).filter((text) => text !== '');
  const times = rows.flatMap((row) => commandsIn(row).map(({ at }) => at));
  if (texts.length === 0 || times.length === 0) return;
  const wanted = { texts: [...new Set(texts)], since: Math.min(...times), most: MAX_SUCCESSES };
  requestRefresh(database, 'lessons', markSuccessesUnlearned(database, wanted));
}

function byId(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [String(row['id']), row]));
}

function isSame(row: Row, known: Row | undefined): boolean {
  return known !== undefined && Object.entries(row).every(([name, value]) => known[name] === value);
}
