import { accessSync, constants, readFileSync } from 'node:fs';
import { findStatusLine } from '../../claude/settings/status-line.ts';
import { reasonOf } from '../../core/errors.ts';
import { realPathOr } from '../../core/state-folder.ts';
import { STATUS_LINE } from '../../hook/manifest.ts';
import { bad, type Check, good, type Patient } from './check.ts';

const AGAIN =
  'Run npx install-hooks --yes --status-line, or --no-status-line if you do not want it.';

/** Whether a settings file in which our status line was put still starts it. */
export function statusLineCheck(
  file: string,
  { folder, platform }: Pick<Patient, 'folder' | 'platform'>,
): Check {
  const id = `statusline:${file}`;
  try {
    const command = findStatusLine(readFileSync(file, 'utf8'), file)?.command;
    if (command === undefined) return bad(id, `${file} has no status line that could run`, AGAIN);
    const program = platform === 'win32' ? `${STATUS_LINE.name}.cjs` : STATUS_LINE.name;
    const bin = [folder.bin, realPathOr(folder.bin)].find(
      (place) => command.includes(place.replaceAll("'", `'\\''`)) && command.includes(program),
    );
    if (bin === undefined)
      return bad(id, `${file} starts another status line than that of waymark`, AGAIN);
    accessSync(`${bin}/${program}`, platform === 'win32' ? constants.R_OK : constants.X_OK);
    return good(id, `${file} starts the status line`);
  } catch (error) {
    return bad(id, `The status line of ${file} cannot start: ${reasonOf(error)}`, AGAIN);
  }
}
