import { resolveConfig } from '../../config/resolve.ts';
import { startWorker } from '../../actions/background-worker.ts';
import { repairState } from '../../actions/repair-state.ts';
import type { Check, DoctorInput } from '../../query/doctor/check.ts';
import { runChecks } from '../../query/doctor/run-checks.ts';
import { alignColumns } from '../text/table.ts';
import { wrapTo } from '../text/display-width.ts';
import { hangText } from '../text/labels.ts';
import { abbreviateHomeIn } from '../text/tilde.ts';
import { oneLine } from '../../core/one-line.ts';
import { formatCount, plural } from '../../core/units.ts';
import type { Paint } from '../text/paint.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { proveInstalled, showHookTimes } from './doctor-hooks.ts';

interface DoctorFlags {
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly fix?: boolean;
  readonly audit?: boolean;
  readonly prove?: boolean;
  readonly timeHooks?: boolean;
  readonly settings?: string;
}

const EXAMPLES = `
Examples:
  $ waymark doctor                     show problems and how to fix them
  $ waymark doctor --fix               fix folders, permissions, the worker
  $ waymark doctor --audit             scan the store for secrets
  $ waymark doctor --prove             send a sample through the hooks
  $ waymark doctor --time-hooks        what hooks cost, also those of others`;

/** `waymark doctor`: what is wrong and how to repair it. */
export const addDoctor: AddCommand = (program, context) => {
  program
    .command('doctor')
    .option('--json', 'print one JSON object')
    .option('--verbose', 'show every check, including those that passed')
    .option('--fix', 'fix problems that need no decision')
    .option('--audit', 'scan the store for secrets')
    .option('--prove', 'send a sample through the installed hooks, then delete it')
    .option('--time-hooks', 'time the installed hooks, compared with an empty Node start')
    .option(
      '--settings <file>',
      'check the hooks of this settings.json instead of the installed ones',
    )
    .addHelpText('after', EXAMPLES)
    .action((flags: DoctorFlags) => {
      if (flags.prove === true) return proveInstalled(context, flags);
      if (flags.timeHooks === true) return showHookTimes(context, flags);
      if (flags.audit === true) return audit(context, flags);
      return listQueueIds(context, flags);
    });
};

async function listQueueIds(context: CommandContext, flags: DoctorFlags): Promise<void> {
  const { json, fix } = flags;
  const repairs =
    fix === true
      ? await repairState(
          context.folder(),
          () => startWorker(context.actionContext()),
          context.environment['HOME'],
        )
      : { done: [], failed: [] };
  const checks = await runChecks(doctorInput(context));
  const isOk = checks.every((check) => check.ok);
  if (!isOk) context.exitWith(1);
  if (json === true) {
    context.printJson({
      ok: isOk,
      checks,
      ...(fix === true ? { mended: repairs.done, notMended: repairs.failed } : {}),
    });
    return;
  }
  for (const line of repairs.done) context.print(`${context.paint.cyan('+')} ${line}`);
  for (const line of repairs.failed) context.print(`${context.paint.red('!')} ${line}`);
  printChecks(checks, flags, context);
}

/** Problems with what to do; what was checked, and what was not, on request. */
function printChecks(
  checks: readonly Check[],
  { verbose }: DoctorFlags,
  { print, paint, runnable, width }: CommandContext,
): void {
  const wrong = checks.filter(({ ok }) => !ok);
  for (const { ok, checked, message, remedy } of verbose === true ? checks : wrong) {
    const mark = ok ? (checked ? paint.green('✓') : paint.dim('–')) : paint.red('✗');
    const text = abbreviateHomeIn(oneLine(message));
    for (const line of hangText(`${mark} ${text}`, width, `${mark} `)) print(line);
    if (remedy !== null)
      for (const line of wrapTo(runnable(remedy), width, 2)) print(`  ${paint.dim(line)}`);
  }
  if (wrong.length > 0 || verbose === true) print();
  for (const line of wrapTo(runnable(summaryText(checks, verbose === true, paint)), width))
    print(line);
}

function summaryText(checks: readonly Check[], isVerbose: boolean, paint: Paint): string {
  const wrong = checks.filter(({ ok }) => !ok).length;
  const open = checks.filter(({ checked }) => !checked).length;
  const verdict =
    wrong === 0 ? paint.green('✓ No problems found') : paint.red(plural(wrong, 'problem'));
  const passed = `${formatCount(checks.length - wrong - open)} checks passed`;
  const more = isVerbose ? '' : ' `waymark doctor --verbose` lists them.';
  return `${verdict}; ${passed}${open === 0 ? '' : `, ${formatCount(open)} had nothing to check`}.${more}`;
}

/** Says where secrets are, never what they are. Exit status 1 when there are any. */
async function audit(context: CommandContext, { json }: DoctorFlags): Promise<void> {
  const { print, paint } = context;
  const { auditSecrets } = await import('../../actions/audit-secrets.ts');
  const findings = await auditSecrets(context.actionContext(), context.warn);
  if (findings.length > 0) context.exitWith(1);
  if (json === true) {
    context.printJson({ ok: findings.length === 0, findings });
    return;
  }
  if (findings.length === 0) {
    print(`${paint.green('✓')} No secrets found in the store.`);
    return;
  }
  print(`${paint.red('✗')} ${plural(findings.length, 'place')} in the store may contain a secret:`);
  const rows = findings.map(({ kind, table, column, rowKey }) => [
    kind,
    `${table}.${column}`,
    rowKey,
  ]);
  for (const line of alignColumns(rows, { indent: '  ' })) print(line);
}

function doctorInput({ folder, environment, cwd, clock }: CommandContext): DoctorInput {
  const place = folder();
  const { values, problems } = resolveConfig({
    environment,
    userFile: place.configFile,
    projectFile: `${environment['CLAUDE_PROJECT_DIR'] ?? cwd}/.claude/waymark.json`,
  });
  return {
    folder: place,
    environment,
    cwd,
    config: values,
    configProblems: problems,
    clock,
    nodeVersion: process.versions.node,
    platform: process.platform,
  };
}
