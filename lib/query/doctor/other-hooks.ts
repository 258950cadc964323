import { existsSync, readFileSync } from 'node:fs';
import { parseSettings } from '../../claude/settings/parse-settings.ts';
import { SCOPES, resolveSettingsPath } from '../../claude/settings/settings-path.ts';
import { type HookTime, readHookTimes } from '../../claude/transcript/hook-times.ts';
import { groupBy } from '../../core/group-by.ts';
import { stringField } from '../../core/json.ts';
import { quantile } from '../../core/quantile.ts';
import type { Database } from '../../store/database.ts';
import { queryBuilder, runQuery } from '../builder.ts';
import { readTextColumn } from '../row.ts';
import { queryStore } from '../store-view.ts';
import type { DoctorInput } from './check.ts';
import { readWiredHooks } from './wired-hooks.ts';

/** A hook of others: never run, only looked at. Field names are a contract. */
export interface OtherHook {
  readonly file: string;
  readonly event: string;
  readonly command: string;
  /** What is known to be slow or useless about it. */
  readonly notes: readonly string[];
  /**
   * How often the latest transcripts have it, and the median of what it took; `null` where none has
   * it.
   */
  readonly runs: number;
  readonly medianMs: number | null;
}

type Place = Pick<DoctorInput, 'folder' | 'environment' | 'cwd' | 'nodeVersion'>;

/** Transcripts that are read for times, the latest. */
const MAX_TRANSCRIPTS = 5;

/** The hooks of others in the settings files that hold here, with what is known of them. */
export async function readOtherHooks(place: Place): Promise<readonly OtherHook[]> {
  const found = SCOPES.flatMap((scope) =>
    hooksIn(resolveSettingsPath(scope, place.environment, place.cwd), place),
  );
  if (found.length === 0) return [];
  const times = groupBy(await timesSeen(place), ({ event, command }) => keyOf(event, command));
  const seen = new Map<string, string>();
  return found.map(({ file, event, command }) => {
    const key = keyOf(event, command);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, file);
    const runs = (times.get(key) ?? []).map(({ ms }) => ms).toSorted((one, other) => one - other);
    return {
      ...{ file, event, command, runs: runs.length, medianMs: quantile(runs, 0.5) ?? null },
      notes: [
        ...notesOn(command, place),
        ...(first === undefined ? [] : [`runs twice: also in ${first}`]),
      ],
    };
  });
}

type Found = Pick<OtherHook, 'file' | 'event' | 'command'>;

function hooksIn(file: string, { folder }: Place): readonly Found[] {
  if (!existsSync(file)) return [];
  try {
    const own = new Set(
      readWiredHooks(file, folder).hooks.map(({ event, command }) => keyOf(event, command)),
    );
    const { events } = parseSettings(readFileSync(file, 'utf8'), file);
    return events
      .flatMap(({ name, groups }) =>
        groups.flatMap(({ handlers }) =>
          handlers.flatMap(({ value }) => {
            const command = stringField(value, 'command');
            return command === undefined ? [] : [{ file, event: name, command }];
          }),
        ),
      )
      .filter(({ event, command }) => !own.has(keyOf(event, command)));
  } catch {
    return []; // the check of that file says what is wrong with it
  }
}

function keyOf(event: string, command: string): string {
  return `${event}\n${command}`;
}

/** Programs that look a package up, or start a package manager, before they do anything. */
const SLOW_STARTS = /(?:^|[\s;&|(])(npx|npm exec|pnpm dlx|yarn dlx|bunx|uvx)\s/;

const NODE_START = /(?:^|[\s;&|(/])(?:node|npx|npm|tsx)(?:\s|$)/;

function notesOn(command: string, { environment, nodeVersion }: Place): readonly string[] {
  const slow = SLOW_STARTS.exec(command)?.[1];
  const [path = ''] = /^(?:"[^"]*"|'[^']*'|\S+)/.exec(command.trim()) ?? [];
  const program = path.replace(/^["']|["']$/g, '');
  const major = Number(nodeVersion.split('.')[0]);
  return [
    ...(slow === undefined
      ? []
      : [`${slow} searches for the package at each call: name the file instead`]),
    ...(environment['NODE_EXTRA_CA_CERTS'] && major < 22 && NODE_START.test(command)
      ? ['NODE_EXTRA_CA_CERTS makes Node 20 read a file for 100 ms at each start']
      : []),
    ...(program.startsWith('/') && !existsSync(program) ? [`${program} is missing`] : []),
  ];
}

async function timesSeen({ folder }: Place): Promise<readonly HookTime[]> {
  try {
    const paths = await queryStore<readonly string[]>(folder, [], latestTranscripts);
    return paths.flatMap(readHookTimes);
  } catch {
    return []; // the check of the store says why it cannot be read
  }
}

async function latestTranscripts(database: Database): Promise<readonly string[]> {
  const query = queryBuilder()
    .selectFrom('sessions')
    .select('transcript_path')
    .where('transcript_path', 'is not', null)
    .orderBy('last_event_at', 'desc')
    .limit(MAX_TRANSCRIPTS);
  return (await runQuery(database, query)).flatMap(
    (row) => readTextColumn(row, 'transcript_path') ?? [],
  );
}
