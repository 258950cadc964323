import { shortHash16 } from '../../core/short-hash.ts';
import { errorBody } from '../../core/error-body.ts';
import { findFailedPart } from './blamed-command.ts';
import type { CommandShape } from './command-shape.ts';
import { type ErrorPattern, deriveErrorPattern } from './error-pattern.ts';
import { findBlamedShape } from './blamed-shape.ts';

export interface FailedCommand {
  readonly shape: CommandShape;
  readonly pattern: ErrorPattern;
}

/**
 * Describes what failed, and how. A failure without a command, such as a log line, is identified
 * only by its error; no coming call matches it.
 */
export function describeFailedCommand(
  tool: string,
  target: string,
  error: string,
  project: string | undefined,
): FailedCommand {
  const part = findFailedPart(tool, target, error, project);
  const pattern = deriveErrorPattern(part.shape, target, error);
  if (target.trim() !== '')
    return { shape: findBlamedShape(part, pattern, errorBody(error)), pattern };
  const key = shortHash16(`${tool}\n\n${pattern.text}`);
  return { shape: { key, text: '', exact: key, isGeneral: false, needle: '' }, pattern };
}
