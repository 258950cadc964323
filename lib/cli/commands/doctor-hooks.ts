import { resolve } from 'node:path';
import { resolveConfig } from '../../config/resolve.ts';
import { WaymarkError } from '../../core/errors.ts';
import { oneLine } from '../../core/one-line.ts';
import { formatCount, plural } from '../../core/units.ts';
import type { Proof } from '../../actions/prove-hooks.ts';
import type { HookTimes } from '../../actions/time-hooks.ts';
import type { OtherHook } from '../../query/doctor/other-hooks.ts';
import { packageFolder } from '../../core/package-folder.ts';
import { installedSettings, isForPlugin } from '../../query/doctor/installed-settings.ts';
import { listLivePipes } from '../../query/workers.ts';
import { wrapTo } from '../text/display-width.ts';
import { alignColumns } from '../text/table.ts';
import { abbreviateHome } from '../text/tilde.ts';
import type { CommandContext } from '../command-context.ts';

export interface HookFlags {
  readonly json?: boolean;
  readonly settings?: string;
}

/** How often each hook is started. */
const ROUNDS = 10;

/**
 * `waymark doctor --prove`: sends a sample through the installed hooks and leaves nothing of it, a
 * worker included.
 */
export async function proveInstalled(context: CommandContext, flags: HookFlags): Promise<void> {
  const { paint, print, exitWith, width } = context;
  const files = settingsFiles(context, flags);
  const hadWorker = listLivePipes(context.folder().wake).length > 0;
  const proofs: (readonly [string, Proof])[] = [];
  try {
    for (const file of files) proofs.push([file, await proofOf(context, file)]);
  } finally {
    if (!hadWorker) await stopStarted(context);
  }
  if (proofs.some(([, { ok }]) => !ok)) exitWith(1);
  if (flags.json === true) {
    const [only, ...others] = proofs.map(([, proof]) => proof);
    context.printJson(
      others.length === 0
        ? only
        : {
            ok: proofs.every(([, { ok }]) => ok),
            proofs: proofs.map(([file, proof]) => ({ file, ...proof })),
          },
    );
    return;
  }
  for (const [file, { ok, message, sentAt, storedAt }] of proofs) {
    // what went wrong may name a path, which is not broken
    const [first = '', ...rest] = ok ? wrapTo(message, width, 2) : [message];
    print(`${ok ? paint.green('✓') : paint.red('✗')} ${first}`);
    for (const line of rest) print(`  ${line}`);
    if (ok) print(`  ${abbreviateHome(file)}\n  sent ${sentAt}, stored ${storedAt}`);
  }
}

/**
 * The file that is named, else those in which the installer has put the hooks, else that of our
 * plugin. @throws {@link WaymarkError} NOT_FOUND
 */
function settingsFiles(
  { cwd, folder }: CommandContext,
  { settings }: HookFlags,
): readonly string[] {
  if (settings !== undefined) return [resolve(cwd, settings)];
  const files = installedSettings(folder()).map(({ file }) => file);
  if (files.length > 0) return files;
  if (isForPlugin(folder())) return [`${packageFolder()}/templates/plugin/hooks/hooks.json`];
  throw new WaymarkError('NOT_FOUND', 'Cannot try the hooks: no settings file starts them', {
    remedy: 'Run `waymark install`, or name a file with --settings.',
  });
}

async function proofOf(context: CommandContext, settings: string): Promise<Proof> {
  const { environment, clock, stderr } = context;
  const folder = context.folder();
  const { runWorker } = await import('../../worker/run-worker.ts');
  const { proveHooks } = await import('../../actions/prove-hooks.ts');
  const drain = (): Promise<unknown> =>
    runWorker({
      ...{ folder, environment, flags: {}, once: true, shared: false, background: true },
      ...{ json: false, terminal: stderr },
    });
  const { autostart } = resolveConfig({ environment, userFile: folder.configFile }).values;
  return proveHooks({ settings, folder, environment, clock, autostart, drain });
}

/** Ends the worker that a hook of the proof has started. */
async function stopStarted(context: CommandContext): Promise<void> {
  const { stopWorkers } = await import('../../actions/stop-workers.ts');
  if (listLivePipes(context.folder().wake).length > 0) await stopWorkers(context.actionContext());
}

/** `waymark doctor --time-hooks`: what our hooks take, and what is known of those of others. */
export async function showHookTimes(context: CommandContext, flags: HookFlags): Promise<void> {
  const { environment, cwd, printJson } = context;
  const folder = context.folder();
  const files = settingsFiles(context, flags);
  const { timeHooks } = await import('../../actions/time-hooks.ts');
  const { readOtherHooks } = await import('../../query/doctor/other-hooks.ts');
  const times: HookTimes[] = [];
  for (const settings of files)
    times.push(await timeHooks({ settings, folder, environment, rounds: ROUNDS }));
  const nodeVersion = process.versions.node;
  const others = await readOtherHooks({ folder, environment, cwd, nodeVersion });
  if (flags.json === true) printJson({ own: times, others });
  else printTimes(context, times, others);
}

function printTimes(
  { print, printTable, paint, width }: CommandContext,
  times: readonly HookTimes[],
  others: readonly OtherHook[],
): void {
  for (const { file, rounds, nodeMs, hooks } of times) {
    print(
      `${paint.bold(`Hooks of waymark in ${abbreviateHome(file)}`)}, median of ${rounds} starts each; an empty Node start: ${Math.round(nodeMs)} ms`,
    );
    const rows = hooks.map(({ event, name, medianMs, timesNode, problem }) => [
      ...[event, name, `${Math.round(medianMs)} ms`, `${timesNode.toFixed(1)}× Node`],
      problem === null ? '' : paint.red(oneLine(problem)),
    ]);
    printTable(rows, {
      columns: [{}, { gives: 1 }, { right: true }, { right: true }, { least: 16 }],
      indent: '  ',
    });
  }
  print();
  if (others.length === 0) {
    print('The settings that apply here contain no hooks of other tools.');
    return;
  }
  print(
    `${paint.bold('Hooks of other tools')}, not run; from the settings and the latest transcripts`,
  );
  const rows = others.map(({ event, command, runs, medianMs }) => [
    event,
    medianMs === null
      ? 'no time known'
      : `${formatCount(Math.round(medianMs))} ms (median of ${plural(runs, 'run')})`,
    oneLine(command),
  ]);
  const lines = alignColumns(rows, { columns: [{}, {}, { least: 20 }], indent: '  ', width });
  for (const [index, line] of lines.entries()) {
    print(line);
    for (const note of others[index]?.notes ?? [])
      for (const part of wrapTo(oneLine(note), width, 4)) print(`    ${paint.yellow(part)}`);
  }
}
