import type { Database } from '../../store/database.ts';
import { readRecentCommands, readRecentPlaces } from './table-runs.ts';

/**
 * Number of recent successful commands, used to estimate how often a text would start a hook for
 * nothing.
 */
const MAX_CALLS = 200;
const LOOKED_AT = 1_000;

const MAX_PLACES = 20;

/** Words that are common in everyone's calls. They count even before there are calls to measure. */
const EVERYDAY = new Set(
  `npm npx node pnpm yarn bun git run test tests build lint dev start install ci add commit push pull status diff log checkout branch
  show src lib main index docker compose up make python python3 pip pytest uv cargo go mvn gradle gradlew ls cat cd echo grep rg find sed head
  tail wc mkdir rm cp mv touch curl gh pr issue view list create tsc eslint prettier vitest jest format check fix exec get apply kubectl
  package.json README.md app server client api js ts json md sh bash true false origin HEAD feature config version help all file name`.split(
    /\s+/,
  ),
);
const EVERYDAY_COUNT = 5;

/** Text that the client writes into every call. */
const FRAME =
  '{"session_id":"","transcript_path":".claude/projects/.jsonl","cwd":"/home/","permission_mode":"default acceptEdits bypassPermissions plan","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"","description":"","timeout":,"run_in_background":false},"tool_use_id":"toolu_","prompt_id":"","agent_id":"","agent_type":"general-purpose"}';
const IN_EVERY_CALL = 10_000;

/** Shorter words can occur in an id by chance. */
const SHORT = 4;

/**
 * Returns how often a line, as written in JSON, would select a call of which nothing is known.
 * Lower is better.
 */
export type Commonness = (text: string) => number;

/** Measures with the successful calls of this user. Reads the store once. */
export function measureCommonness(database: Database): Commonness {
  const targets = readRecentCommands(database, LOOKED_AT);
  const calls = [...new Set(targets)].slice(0, MAX_CALLS).map((call) => JSON.stringify(call));
  const places = readRecentPlaces(database, MAX_PLACES).join('\n');
  const known = new Map<string, number>();
  return (text) => {
    const count = known.get(text) ?? commonness(text, calls, places);
    known.set(text, count);
    return count;
  };
}

function commonness(text: string, calls: readonly string[], places: string): number {
  if (FRAME.includes(text) || places.includes(text)) return IN_EVERY_CALL;
  const missing = /^\w+$/.test(text) ? Math.max(0, SHORT - text.length) : 0;
  return (
    calls.filter((call) => call.includes(text)).length +
    (EVERYDAY.has(text) ? EVERYDAY_COUNT : 0) +
    10 * missing * missing
  );
}
