import { packageFolder } from '../../core/package-folder.ts';
import { unrefAfter } from '../../secrets/after.ts';
import { type AuditFinding, auditStore } from './audit.ts';
import { openSecretRedactor } from '../../secrets/secret-redactor.ts';
import { alignColumns } from '../text/table.ts';
import { plural } from '../text/units.ts';
import { openView } from '../../query/store-view.ts';
import { WaymarkError } from '../../core/errors.ts';
import type { CommandContext } from '../command-context.ts';
import { tellAudit } from './tell-audit.ts';

/** Scans the whole store for secrets and says where they are, never what they are. Exit status 1 when there are any. */
export async function audit(context: CommandContext, isJson: boolean): Promise<void> {
  const findings = await findSecrets(context);
  if (findings.length > 0) context.exitWith(1);
  if (isJson) {
    context.printJson({ ok: findings.length === 0, findings });
    return;
  }
  if (findings.length === 0)
    context.print(`${context.paint.green('✓')} No secrets found in the store.`);
  else
    context.print(
      `${context.paint.red('✗')} ${plural(findings.length, 'place')} in the store may hold a secret:`,
    );
  for (const line of alignColumns(
    findings.map(({ kind, table, column, rowKey }) => [kind, `${table}.${column}`, rowKey]),
    { indent: '  ' },
  ))
    context.print(line);
}

async function findSecrets(context: CommandContext): Promise<readonly AuditFinding[]> {
  const { folder, environment, warn } = context;
  const view = openView(folder());
  if (view.state === 'missing') return [];
  if (view.state !== 'ok')
    throw new WaymarkError(
      view.state === 'corrupt' ? 'STORE_CORRUPT' : 'STORE_UNAVAILABLE',
      `Cannot audit the store: ${view.message}`,
    );
  const command = [process.execPath, `${packageFolder()}/dist/secret-scan.js`] as const;
  const log = (_level: string, _code: string, message: string): void => warn(message);
  const redactor = openSecretRedactor({
    command,
    environment,
    idleMs: 60_000,
    deadlineMs: 60_000,
    restMs: 60_000,
    after: unrefAfter,
    log,
  });
  try {
    const findings = await auditStore(view.database, redactor);
    tellAudit(context, findings);
    return findings;
  } finally {
    await redactor.close();
    view.database.close();
  }
}
