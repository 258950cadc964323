import { resolve } from 'node:path';
import { resolveConfig } from '../../config/resolve.ts';
import { WaymarkError } from '../../core/errors.ts';
import { startWorker } from '../../actions/background-worker.ts';
import { repairState } from '../../actions/repair-state.ts';
import type { Check, DoctorInput } from '../../query/doctor/check.ts';
import { runChecks } from '../../query/doctor/run-checks.ts';
import { alignColumns } from '../text/table.ts';
import { plural } from '../../core/units.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';

interface DoctorFlags {
  readonly json?: boolean;
  readonly fix?: boolean;
  readonly audit?: boolean;
  readonly prove?: boolean;
  readonly settings?: string;
}

const EXAMPLES = `
Examples:
  $ waymark doctor                     look at everything, say what to do
  $ waymark doctor --fix               mend folders, permissions, a missing worker; then look
  $ waymark doctor --audit             scan the store for secrets once more
  $ waymark doctor --prove --settings ~/.claude/settings.json
                                       send a sample through the installed hooks and take it away again`;

/** `waymark doctor`: what is wrong and how to repair it. */
export const addDoctor: AddCommand = (program, context) => {
  program
    .command('doctor')
    .option('--json', 'print one JSON object')
    .option('--fix', 'mend what needs no decision')
    .option('--audit', 'scan the store for secrets')
    .option('--prove', 'send a sample through the hooks of --settings')
    .option('--settings <file>', 'a settings.json of Claude Code')
    .addHelpText('after', EXAMPLES)
    .action((flags: DoctorFlags) => {
      if (flags.prove === true) return prove(context, flags);
      if (flags.audit === true) return audit(context, flags);
      return lookAround(context, flags);
    });
};

async function lookAround(context: CommandContext, { json, fix }: DoctorFlags): Promise<void> {
  const repairs =
    fix === true
      ? await repairState(context.folder(), () => startWorker(context.acting()))
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
  printChecks(checks, context);
}

function printChecks(checks: readonly Check[], { print, paint, runnable }: CommandContext): void {
  for (const { ok, message, remedy } of checks) {
    print(`${ok ? paint.green('✓') : paint.red('✗')} ${message}`);
    if (remedy !== null) print(`  ${paint.dim(runnable(remedy))}`);
  }
  const wrong = checks.filter((check) => !check.ok).length;
  print();
  print(
    wrong === 0 ? paint.green('All is well.') : paint.red(`${plural(wrong, 'thing')} to mend.`),
  );
}

/** Says where secrets are, never what they are. Exit status 1 when there are any. */
async function audit(context: CommandContext, { json }: DoctorFlags): Promise<void> {
  const { print, paint } = context;
  const { auditSecrets } = await import('../../actions/audit-secrets.ts');
  const findings = await auditSecrets(context.acting(), context.warn);
  if (findings.length > 0) context.exitWith(1);
  if (json === true) {
    context.printJson({ ok: findings.length === 0, findings });
    return;
  }
  if (findings.length === 0) {
    print(`${paint.green('✓')} No secrets found in the store.`);
    return;
  }
  print(`${paint.red('✗')} ${plural(findings.length, 'place')} in the store may hold a secret:`);
  const rows = findings.map(({ kind, table, column, rowKey }) => [
    kind,
    `${table}.${column}`,
    rowKey,
  ]);
  for (const line of alignColumns(rows, { indent: '  ' })) print(line);
}

async function prove(context: CommandContext, { settings, json }: DoctorFlags): Promise<void> {
  if (settings === undefined)
    throw new WaymarkError('USAGE', 'Cannot prove the hooks: --prove needs --settings FILE', {
      remedy: 'See `waymark doctor --help`.',
    });
  const { environment, clock, stderr } = context;
  const folder = context.folder();
  const { runWorker } = await import('../../worker/run-worker.ts');
  const drain = (): Promise<unknown> =>
    runWorker({
      folder,
      environment,
      flags: {},
      once: true,
      shared: false,
      background: true,
      json: false,
      terminal: stderr,
    });
  const { proveHooks } = await import('../../actions/prove-hooks.ts');
  const proof = await proveHooks({
    settings: resolve(context.cwd, settings),
    folder,
    environment,
    clock,
    drain,
  });
  if (!proof.ok) context.exitWith(1);
  if (json === true) context.printJson(proof);
  else if (proof.ok)
    context.print(
      `${context.paint.green('✓')} ${proof.message}\n  sent ${proof.sentAt}, in the store ${proof.storedAt}`,
    );
  else context.print(`${context.paint.red('✗')} ${proof.message}`);
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
