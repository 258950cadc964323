import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { resolveSettingsPath } from '../../claude/settings/settings-path.ts';
import { DAY_MS } from '../../core/clock.ts';
import { namesIn, readTextOrEmpty } from '../../core/files.ts';
import { numberField, parseJsonObject } from '../../core/json.ts';
import { plural } from '../../core/units.ts';
import { isArchived } from '../../journal/transcripts/archive-session.ts';
import { listSeenConfigFolders } from '../archived-sessions.ts';
import { withStoreView } from '../store-view.ts';
import { failedCheck, type Check, type DoctorInput, passedCheck, uncheckedCheck } from './check.ts';

/**
 * The client deletes transcripts that did not change for this long, unless its settings set another
 * time.
 */
const CLIENT_KEEPS_DAYS = 30;

/** What is younger may be in the middle of being archived. */
const YOUNG_MS = 10 * 60_000;

/** From so long before the first deletion on it is a problem. */
const SOON_MS = 7 * DAY_MS;

const TRANSCRIPT = /^([\w-]{1,128})\.jsonl$/;

/** Whether the client may delete transcripts that are in no archive, and from which day on. */
export function transcriptChecks(input: DoctorInput): readonly Check[] {
  const { folder, config, clock } = input;
  if (!config.transcripts)
    return [uncheckedCheck('transcripts', 'Transcripts are not archived: `transcripts` is off')];
  const now = clock();
  let [lacking, total, first] = [0, 0, Number.POSITIVE_INFINITY];
  for (const base of foldersOf(input)) {
    const keptMs = keptDays(base) * DAY_MS;
    for (const { session, path, at } of transcriptsIn(base)) {
      total += 1;
      if (now - at < YOUNG_MS || isArchived(folder.archive, { session, base, paths: [path] }))
        continue;
      lacking += 1;
      first = Math.min(first, at + keptMs);
    }
  }
  if (total === 0) return [uncheckedCheck('transcripts', 'Claude Code has no transcripts here')];
  if (lacking === 0) return [passedCheck('transcripts', `${plural(total, 'transcript')} archived`)];
  const day = new Date(Math.max(first, now)).toISOString().slice(0, 10);
  const message = `${plural(lacking, 'transcript')} of ${total} not archived: Claude Code may delete the first from ${day} on`;
  if (first - now > SOON_MS) return [passedCheck('transcripts', message)];
  return [
    failedCheck(
      'transcripts',
      message,
      'Run `waymark import`: a worker archives what is imported. A larger `cleanupPeriodDays` in the settings of Claude Code delays that day.',
    ),
  ];
}

function foldersOf(input: DoctorInput): readonly string[] {
  const seen = withStoreView(input.folder, (view) =>
    view.state === 'ok' && view.database !== undefined ? listSeenConfigFolders(view.database) : [],
  );
  return [...new Set([...currentFolder(input), ...seen])];
}

function currentFolder({ environment, cwd }: DoctorInput): readonly string[] {
  try {
    return [dirname(resolveSettingsPath('user', environment, cwd))];
  } catch {
    return []; // no home: another check says so
  }
}

function keptDays(base: string): number {
  const settings = parseJsonObject(readTextOrEmpty(`${base}/settings.json`)) ?? {};
  return numberField(settings, 'cleanupPeriodDays') ?? CLIENT_KEEPS_DAYS;
}

function* transcriptsIn(base: string) {
  for (const bucket of namesIn(`${base}/projects`))
    for (const name of namesIn(`${base}/projects/${bucket}`)) {
      const session = TRANSCRIPT.exec(name)?.[1];
      if (session === undefined) continue;
      const path = `projects/${bucket}/${name}`;
      const found = lstatSync(`${base}/${path}`, { throwIfNoEntry: false });
      if (found?.isFile() === true) yield { session, path, at: found.mtimeMs };
    }
}
