import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { reasonOf, WaymarkError } from '../../core/errors.ts';
import { bad, type Check, good, type Patient } from './check.ts';
import { type InstalledSettings, installedSettings } from './installed-settings.ts';
import { statusLineCheck } from './status-line-check.ts';
import { readWiredHooks, type WiredHook } from './wired-hooks.ts';

const AGAIN = 'Run npx install-hooks again: it puts back only what is missing.';

/** Whether every recorded settings file still starts every hook that was installed. */
export function installChecks(patient: Patient): readonly Check[] {
  const installed = installedSettings(patient.folder);
  if (installed.length === 0)
    return [
      bad('install', 'No settings file of Claude Code starts the hooks', 'Run npx install-hooks.'),
    ];
  const lines = installed
    .filter(({ hasStatusLine }) => hasStatusLine)
    .map(({ file }) => statusLineCheck(file, patient));
  return [
    ...installed.map((settings) => checkSettings(settings, patient)),
    ...lines,
    checkPackage(patient),
  ];
}

function checkSettings({ file, hooks }: InstalledSettings, { folder }: Patient): Check {
  const id = `settings:${file}`;
  if (!existsSync(file)) return bad(id, `${file} is gone`, AGAIN);
  try {
    const wired = readWiredHooks(file, folder);
    if (wired.disableAllHooks)
      return bad(
        id,
        `disableAllHooks is true in ${file}: no hook runs`,
        'Take disableAllHooks out of that file.',
      );
    const missing = hooks
      .filter(
        ({ event, name }) => !wired.hooks.some((own) => own.event === event && own.name === name),
      )
      .map(({ name }) => name);
    if (missing.length > 0)
      return bad(id, `${file} does not start the hooks ${missing.join(', ')}`, AGAIN);
    const broken = wired.hooks.find((hook) => whyBroken(hook) !== undefined);
    if (broken !== undefined)
      return bad(
        id,
        `The ${broken.event} hook in ${file} cannot start: ${whyBroken(broken)}`,
        AGAIN,
      );
    return good(id, `${file} starts ${wired.hooks.length} hooks, each of them executable`);
  } catch (error) {
    if (error instanceof WaymarkError) return bad(id, error.message, error.remedy);
    return bad(id, `Cannot read ${file}: ${reasonOf(error)}`, 'Check who owns the file.');
  }
}

/** Why the command of a hook would not run, or `undefined`. */
function whyBroken({ command, args }: WiredHook): string | undefined {
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

/** The worker that hooks start comes from here; the hooks themselves have a copy to fall back on. */
function checkPackage({ folder }: Patient): Check {
  const note = `${folder.bin}/package`;
  if (!existsSync(note))
    return bad('package', `${note} is missing: hooks do not know where the worker is`, AGAIN);
  const place = readFileSync(note, 'utf8').trim();
  if (existsSync(`${place}/dist/waymark.js`))
    return good('package', `The worker runs from ${place}`);
  return bad(
    'package',
    `The package has gone from ${place}: hooks go on with their copies, but no worker can start`,
    AGAIN,
  );
}
