import { systemClock } from '../core/clock.ts';
import { type ErrorCode, ERRORS } from '../core/errors.ts';
import { fileLog, type LogFields } from '../core/log.ts';
import { makePrivateFolder, type StateFolder } from '../core/state-folder.ts';
import { sanitizeForQuote } from '../core/quote.ts';
import { ensureRecoveryFolder } from '../queue/recovery-folder.ts';
import { withOwnCommand } from '../core/own-command.ts';
import type { HookOutput } from './output.ts';
import { createExclusive } from './throttle.ts';

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
  /** Returns what starts waymark in the place where the message is read. */
  readonly command: () => string;
}

/**
 * Reports a fault: one line in log/hook-errors.log, and one message to the user per session and
 * code.
 * @returns that message, or `undefined` if it was shown before. Never throws.
 */
export function reportFault(
  { code, message, remedy: own }: HookFault,
  { folder, hook, sessionId, command }: FaultPlace,
): HookOutput | undefined {
  // A path or a reason in it may come from a repository.
  const fault = { code, message: sanitizeForQuote(message, MESSAGE_LIMIT) };
  const remedy = own ?? ERRORS[fault.code].remedy;
  if (folder !== undefined) writeLine(folder.log, fault, { remedy, hook, session: sessionId });
  if (sessionId === undefined || !isFirstReport(folder, sessionId, fault.code, hook))
    return undefined;
  return { message: `waymark: ${fault.message}. ${withOwnCommand(remedy, command())}` };
}

function writeLine(logFolder: string, fault: HookFault, fields: LogFields): void {
  try {
    makePrivateFolder(logFolder);
  } catch {
    return; // The state folder itself is broken; the message to the user says so.
  }
  fileLog(`${logFolder}/hook-errors.log`, 'error', systemClock)(
    'error',
    fault.code,
    fault.message,
    fields,
  );
}

/**
 * Marks a message as shown. If no mark can be written, only SessionStart shows it, because that
 * runs once per session.
 */
function isFirstReport(
  folder: StateFolder | undefined,
  sessionId: string,
  code: ErrorCode,
  hook: string,
): boolean {
  if (folder === undefined) return hook === 'SessionStart';
  const throttle = (): string => `${folder.throttle}/${sessionId}`;
  const outside = (): string | undefined => {
    const recovery = ensureRecoveryFolder(folder.recovery);
    return recovery === undefined ? undefined : `${recovery}/throttle/${sessionId}`;
  };
  for (const place of [throttle, outside]) {
    const root = place();
    if (root === undefined) continue;
    try {
      makePrivateFolder(root);
      return createExclusive(`${root}/said-${code}`);
    } catch {
      // This file system refuses: try the other.
    }
  }
  return hook === 'SessionStart';
}
