import { systemClock } from '../core/clock.ts';
import { type ErrorCode, ERRORS } from '../core/errors.ts';
import { fileLog, type LogFields } from '../core/log.ts';
import { makePrivateFolder, type StateFolder } from '../core/state-folder.ts';
import { quotable } from '../core/quote.ts';
import { recoveryFolder } from '../queue/recovery-folder.ts';
import type { Speech } from './output.ts';
import { createNew } from './throttle.ts';

export interface HookFault {
  readonly code: ErrorCode;
  /** One line: "Cannot VERB OBJECT: reason". */
  readonly message: string;
  readonly remedy?: string;
}

/** Longest message that is shown and logged. */
const MESSAGE_LIMIT = 400;

interface FaultPlace {
  readonly folder: StateFolder | undefined;
  readonly hook: string;
  readonly sessionId: string | undefined;
}

/**
 * Says a fault where it will be found: a line in log/hook-errors.log, and once per session and code a message to the person.
 * @returns that message, or `undefined` when it was said before. Never throws.
 */
export function reportFault(
  { code, message, remedy: own }: HookFault,
  { folder, hook, sessionId }: FaultPlace,
): Speech | undefined {
  // a path or a reason in it may come from a repository
  const fault = { code, message: quotable(message, MESSAGE_LIMIT) };
  const remedy = own ?? ERRORS[fault.code].remedy;
  if (folder !== undefined) writeLine(folder.log, fault, { remedy, hook, session: sessionId });
  if (sessionId === undefined || !isFirst(folder, sessionId, fault.code, hook)) return undefined;
  return { message: `waymark: ${fault.message}. ${remedy}` };
}

function writeLine(logFolder: string, fault: HookFault, fields: LogFields): void {
  try {
    makePrivateFolder(logFolder);
  } catch {
    return; // the state folder is what is broken; the message to the person says so
  }
  fileLog(`${logFolder}/hook-errors.log`, 'error', systemClock)(
    'error',
    fault.code,
    fault.message,
    fields,
  );
}

/** Marks what was said. Where no mark can be made, only SessionStart speaks: it comes once. */
function isFirst(
  folder: StateFolder | undefined,
  sessionId: string,
  code: ErrorCode,
  hook: string,
): boolean {
  if (folder === undefined) return hook === 'SessionStart';
  const throttle = (): string => `${folder.throttle}/${sessionId}`;
  const outside = (): string | undefined => {
    const recovery = recoveryFolder(folder.recovery);
    return recovery === undefined ? undefined : `${recovery}/throttle/${sessionId}`;
  };
  for (const place of [throttle, outside]) {
    const root = place();
    if (root === undefined) continue;
    try {
      makePrivateFolder(root);
      return createNew(`${root}/said-${code}`);
    } catch {
      // this file system refuses: try the other
    }
  }
  return hook === 'SessionStart';
}
