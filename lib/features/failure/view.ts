import { rmSync } from 'node:fs';
import { writeView } from '../../core/write-view.ts';
import type { Database } from '../../store/database.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { inTransaction } from '../../store/transaction.ts';
import { computeConfidence } from './decide-action.ts';
import type { FailureView } from './known-pattern.ts';
import { canWarn, findWarningEnd } from './can-warn.ts';
import { deriveLiterals } from './needle-literals.ts';
import {
  readCommandOfPattern,
  saveLiterals,
  readLiterals,
  deleteLiterals,
  savePatternSummary,
} from './table-patterns.ts';
import { readFailedCommands } from './table-runs.ts';
import { readPatternsOfCommand, type StoredPattern } from './stored-patterns.ts';
import { readTeamRowsOfKey } from './table-team.ts';
import { commandsIn } from './team-patterns.ts';

/** Patterns of the team for one command. */
const MAX_TEAM_ROWS = 20;

/**
 * Refresher of the kind 'failure'. Writes the view of one command, from which hooks answer, or
 * deletes it if there is no warning for it. Requests new needles if this command gained or lost a
 * warning.
 */
export function refreshFailureView(database: Database, key: string, place: ViewPlace): void {
  inTransaction(database, () => makeView(database, key, place));
}

/** Where and when views are written. */
export interface ViewPlace {
  readonly views: string;
  readonly now: number;
  /** Folders in which the team's knowledge holds; left out: none. */
  readonly teamFolders?: readonly string[];
}

function makeView(
  database: Database,
  key: string,
  { views, now, teamFolders = [] }: ViewPlace,
): void {
  const known = readPatternsOfCommand(database, key);
  for (const { pattern, places } of known) savePatternSummary(database, { ...pattern, places });
  const view = viewOf(known, teamFolders);
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
      ? saveView(database, { key, needle, view, known, views, now })
      : removeView(database, key, views);
  if (isNews) requestRefresh(database, 'needles', ['']);
}

/**
 * Refresher of the kind 'pattern'. Requests the view of the command that fails in this way, if the
 * pattern is known.
 */
export function refreshPattern(database: Database, id: string): void {
  const key = readCommandOfPattern(database, id);
  if (key !== undefined) requestRefresh(database, 'failure', [key]);
}

function viewOf(
  known: readonly StoredPattern[],
  teamFolders: readonly string[],
): FailureView | undefined {
  const [first] = known;
  return first === undefined
    ? undefined
    : {
        format: 1,
        text: first.command,
        tool: first.pattern.tool,
        patterns: known.map(({ pattern }) =>
          pattern.team === undefined
            ? pattern
            : { ...pattern, team: { ...pattern.team, within: teamFolders } },
        ),
      };
}

/** Whether only the team knows all of this. */
function isOfTeam({ patterns }: FailureView): boolean {
  return patterns.every(({ team }) => team !== undefined && !team.isFixOnly);
}

interface ViewChange {
  readonly key: string;
  readonly needle: string;
  readonly view: FailureView;
  readonly known: readonly StoredPattern[];
  readonly views: string;
  readonly now: number;
}

/** @returns whether the needles change. */
function saveView(
  database: Database,
  { key, needle, view, known, views, now }: ViewChange,
): boolean {
  writeView(views, `failures/${key.slice(0, 2)}/${key}.json`, JSON.stringify(view));
  const before = readLiterals(database, key);
  const isGeneral = known.some((stored) => stored.isGeneral);
  const confidence = Math.max(
    ...view.patterns.map((pattern) =>
      pattern.isSet && pattern.action !== 'mute' ? 1 : computeConfidence(pattern, now),
    ),
  );
  const ofTeam = readTeamRowsOfKey(database, key, MAX_TEAM_ROWS).flatMap(commandsIn);
  const commands = new Map([
    ...ofTeam.map(({ exact, command }) => [exact, command] as const),
    ...readFailedCommands(database, key),
  ]);
  const literals = JSON.stringify(
    deriveLiterals({ view, key, isGeneral, coarse: needle, commands, now }),
  );
  const fadesAt = findWarningEnd(view, key, isGeneral, now);
  const sureness = isOfTeam(view) ? confidence - 1 : confidence;
  saveLiterals(database, key, { literals, confidence: sureness, fadesAt });
  return before !== literals;
}

/** @returns whether the needles change. */
function removeView(database: Database, key: string, views: string): boolean {
  rmSync(`${views}/failures/${key.slice(0, 2)}/${key}.json`, { force: true });
  return deleteLiterals(database, key);
}
