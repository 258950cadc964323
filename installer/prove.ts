import { parseJsonObject, stringField } from '../lib/core/json.ts';
import type { InstallerContext } from './installer-context.ts';

/** Whether a sample payload went through the installed command into the store. */
export interface Proof {
  readonly ok: boolean;
  /** ISO 8601. */
  readonly sentAt?: string;
  readonly storedAt?: string;
  readonly message: string;
}

/** Cold start of a hook, a worker and a store on a slow machine, with room. */
const TIMEOUT_MS = 60_000;

/**
 * Has the installed package prove the hooks in `file`. Never throws: what fails is said in
 * `message`.
 */
export async function proveInstallation(
  file: string,
  packageFolder: string,
  context: InstallerContext,
): Promise<Proof> {
  const args = [
    `${packageFolder}/dist/waymark.cjs`,
    'doctor',
    '--prove',
    '--json',
    '--settings',
    file,
  ];
  const environment = { ...context.environment, WAYMARK_HOME: context.folder.root };
  const { code, stdout, stderr } = await context.run(context.node, args, {
    environment,
    cwd: context.cwd,
    timeoutMs: TIMEOUT_MS,
  });
  const found = parseJsonObject(stdout);
  if (found === undefined)
    return {
      ok: false,
      message: `doctor did not answer (exit status ${code ?? 'none'})${lastLine(stderr)}`,
    };
  const sentAt = stringField(found, 'sentAt');
  const storedAt = stringField(found, 'storedAt');
  return {
    ok: found['ok'] === true,
    ...(sentAt === undefined ? {} : { sentAt }),
    ...(storedAt === undefined ? {} : { storedAt }),
    message:
      stringField(found, 'message') ??
      (found['ok'] === true
        ? 'the sample arrived in the store'
        : 'the sample did not arrive in the store'),
  };
}

function lastLine(text: string): string {
  const line = text.trim().split('\n').at(-1) ?? '';
  return line === '' ? '' : `: ${line.slice(0, 300)}`;
}
