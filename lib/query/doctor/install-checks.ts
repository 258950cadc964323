import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { findStatusLine } from '../../claude/settings/status-line.ts';
import { reasonOf, WaymarkError } from '../../core/errors.ts';
import { realPathOr } from '../../core/state-folder.ts';
import { STATUS_LINE } from '../../hook/manifest.ts';
import { failedCheck, type Check, type DoctorInput, passedCheck } from './check.ts';
import { type InstalledSettings, installedSettings } from './installed-settings.ts';
import { pluginChecks } from './plugin-checks.ts';
import { readWiredHooks, type WiredHook } from './wired-hooks.ts';

const AGAIN = 'Run `waymark install` again: it adds only what is missing.';
const STATUS_LINE_AGAIN =
  'Run `waymark install --yes --status-line`, or with --no-status-line if you do not want it.';

/** Whether every recorded settings file still starts every hook that was installed. */
export function installChecks(input: DoctorInput): readonly Check[] {
  const installed = installedSettings(input.folder);
  const plugin = pluginChecks(installed.length > 0, input);
  if (installed.length === 0 && plugin.length > 0)
    return plugin.every(({ ok }) => ok) ? [...plugin, checkPackage(input)] : plugin;
  if (installed.length === 0)
    return [
      failedCheck(
        'install',
        'No settings file of Claude Code starts the hooks',
        'Run `waymark install`.',
      ),
    ];
  const lines = installed
    .filter(({ hasStatusLine }) => hasStatusLine)
    .map(({ file }) => statusLineCheck(file, input));
  return [
    ...installed.map((settings) => checkSettings(settings, input)),
    ...lines,
    ...plugin,
    checkPackage(input),
  ];
}

function checkSettings({ file, hooks }: InstalledSettings, { folder }: DoctorInput): Check {
  const id = `settings:${file}`;
  if (!existsSync(file)) return failedCheck(id, `${file} is missing`, AGAIN);
  try {
    const wired = readWiredHooks(file, folder);
    if (wired.disableAllHooks)
      return failedCheck(
        id,
        `disableAllHooks is true in ${file}: no hook runs`,
        'Remove disableAllHooks from that file.',
      );
    const missing = hooks
      .filter(
        ({ event, name }) => !wired.hooks.some((own) => own.event === event && own.name === name),
      )
      .map(({ name }) => name);
    if (missing.length > 0)
      return failedCheck(id, `${file} does not start the hooks ${missing.join(', ')}`, AGAIN);
    const broken = wired.hooks.find((hook) => findHookProblem(hook) !== undefined);
    if (broken !== undefined)
      return failedCheck(
        id,
        `The ${broken.event} hook in ${file} cannot start: ${findHookProblem(broken)}`,
        AGAIN,
      );
    return passedCheck(id, `${file} starts ${wired.hooks.length} hooks, each of them executable`);
  } catch (error) {
    if (error instanceof WaymarkError) return failedCheck(id, error.message, error.remedy);
    return failedCheck(id, `Cannot read ${file}: ${reasonOf(error)}`, 'Check who owns the file.');
  }
}

/** Why the command of a hook would not run, or `undefined`. */
function findHookProblem({ command, args }: WiredHook): string | undefined {
  const [script] = args;
  if (!existsSync(command)) return `${command} is missing`;
  if (script !== undefined && !existsSync(script)) return `${script} is missing`;
  try {
    accessSync(command, constants.X_OK);
    return undefined;
  } catch {
    return `${command} is not executable`;
  }
}

/**
 * The worker that hooks start comes from here; the hooks themselves have a copy to fall back on.
 */
function checkPackage({ folder }: DoctorInput): Check {
  const note = `${folder.bin}/package`;
  if (!existsSync(note))
    return failedCheck('package', `${note} is missing: hooks cannot find the worker`, AGAIN);
  const place = readFileSync(note, 'utf8').trim();
  if (existsSync(`${place}/dist/waymark.cjs`))
    return passedCheck('package', `The worker runs from ${place}`);
  return failedCheck(
    'package',
    `The package is missing in ${place}: hooks still work, but no worker can start`,
    AGAIN,
  );
}

/** Whether a settings file in which our status line was put still starts it. */
export function statusLineCheck(
  file: string,
  { folder, platform }: Pick<DoctorInput, 'folder' | 'platform'>,
): Check {
  const id = `statusline:${file}`;
  try {
    const command = findStatusLine(readFileSync(file, 'utf8'), file)?.command;
    if (command === undefined)
      return failedCheck(id, `${file} has no status line that can run`, STATUS_LINE_AGAIN);
    const program = platform === 'win32' ? `${STATUS_LINE.name}.cjs` : STATUS_LINE.name;
    const bin = [folder.bin, realPathOr(folder.bin)].find(
      (place) => command.includes(place.replaceAll("'", `'\\''`)) && command.includes(program),
    );
    if (bin === undefined)
      return failedCheck(
        id,
        `${file} starts another status line than that of waymark`,
        STATUS_LINE_AGAIN,
      );
    accessSync(`${bin}/${program}`, platform === 'win32' ? constants.R_OK : constants.X_OK);
    return passedCheck(id, `${file} starts the status line`);
  } catch (error) {
    return failedCheck(
      id,
      `The status line of ${file} cannot start: ${reasonOf(error)}`,
      STATUS_LINE_AGAIN,
    );
  }
}
