import { parseRateLimits } from '../../claude/rate-limits.ts';
import { type JsonObject, stringField } from '../../core/json.ts';
import { readViewText } from '../../core/read-view.ts';
import { sessionFolder } from '../../hook/throttle.ts';
import { type ReportParts, reportEvent } from './report-event.ts';

interface LimitParts extends ReportParts {
  readonly input: JsonObject;
}

/**
 * Reports to the worker how much of the subscription windows is used, as an event
 * `account.limits_seen`: once per whole percent, reset time and session. Reports nothing if the
 * client gives no figures.
 * @returns whether it reported.
 */
export function reportLimits(parts: LimitParts): boolean {
  const { folder, environment, session, input } = parts;
  const limits = parseRateLimits(input);
  const configFolder = configFolderOf(input, environment);
  if (limits.length === 0 || configFolder === undefined) return false;
  const place = sessionFolder(folder.throttle, session);
  const text = JSON.stringify([configFolder, limits]);
  if (readViewText(`${place.path}/limits`) === text) return false;
  reportEvent(parts, place, {
    ...{ type: 'account.limits_seen', mark: 'limits', text },
    payload: {
      config_folder: configFolder,
      limits: limits.map(({ name, used, resetsAt }) => ({ name, used, resets_at: resetsAt })),
    },
  });
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
