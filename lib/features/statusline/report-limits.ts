import { parseRateLimits } from '../../claude/rate-limits.ts';
import { resolveHookConfig } from '../../config/resolve-hook-config.ts';
import { writeAnew } from '../../core/files.ts';
import { type JsonObject, stringField } from '../../core/json.ts';
import { readViewText } from '../../core/read-view.ts';
import { makePrivateFolder, type StateFolder } from '../../core/state-folder.ts';
import { PRIORITY } from '../../events/envelope.ts';
import { stampSource } from '../../events/event-id.ts';
import { saveEvent } from '../../hook/save-event.ts';
import { sessionFolder } from '../../hook/throttle.ts';
import { ringAll } from '../../queue/wakeup/ring.ts';

export interface LimitParts {
  readonly folder: StateFolder;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly session: string;
  readonly input: JsonObject;
  readonly now: number;
}

/**
 * Reports to the worker how much of the subscription windows is used, as an event
 * `account.limits_seen`: once per whole percent, reset time and session. Reports nothing if the
 * client gives no figures.
 * @returns whether it reported.
 */
export function reportLimits({ folder, environment, session, input, now }: LimitParts): boolean {
  const limits = parseRateLimits(input);
  const configFolder = configFolderOf(input, environment);
  if (limits.length === 0 || configFolder === undefined) return false;
  const place = sessionFolder(folder.throttle, session);
  const mark = `${place.path}/limits`;
  const text = JSON.stringify([configFolder, limits]);
  if (readViewText(mark) === text) return false;
  makePrivateFolder(place.path);
  writeAnew(mark, text);
  const { values: config } = resolveHookConfig({ environment, userFile: folder.configFile });
  const payload = {
    session_id: session,
    config_folder: configFolder,
    limits: limits.map(({ name, used, resetsAt }) => ({ name, used, resets_at: resetsAt })),
  };
  const draft = {
    type: 'account.limits_seen',
    priority: PRIORITY.normal,
    correlationId: session,
    payload,
  };
  const nextStamp = stampSource(() => now);
  saveEvent(draft, { folder, session: place, config, nextStamp, source: 'hook/statusline' });
  ringAll(folder.wake);
  return true;
}

/**
 * Returns the config folder, because each may use a different account. The transcript is below it.
 */
function configFolderOf(
  input: JsonObject,
  environment: LimitParts['environment'],
): string | undefined {
  const transcript = stringField(input, 'transcript_path') ?? '';
  const end = transcript.lastIndexOf('/projects/');
  if (end > 0) return transcript.slice(0, end);
  const home = environment['HOME'];
  return environment['CLAUDE_CONFIG_DIR'] || (home === undefined ? undefined : `${home}/.claude`);
}
