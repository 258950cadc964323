import { shortHash16 } from '../../core/short-hash.ts';
import { errorBody } from '../../core/error-body.ts';
import { failedPart } from './blamed-command.ts';
import type { CommandShape } from './command-shape.ts';
import { type ErrorPattern, errorPattern } from './error-pattern.ts';
import { shapeToBlame } from './shape-to-blame.ts';

export interface FailedCommand {
  readonly shape: CommandShape;
  readonly pattern: ErrorPattern;
}

/**
 * What failed, and how. A failure that names no command, such as a line of a log, is known by its error alone: no coming call is like it.
 */
export function failedCommand(
  tool: string,
  target: string,
  error: string,
  project: string | undefined,
): FailedCommand {
  const part = failedPart(tool, target, error, project);
  const pattern = errorPattern(part.shape, target, error);
  if (target.trim() !== '')
    return { shape: shapeToBlame(part, pattern, errorBody(error)), pattern };
  const key = shortHash16(`${tool}\n\n${pattern.text}`);
  return { shape: { key, text: '', exact: key, isGeneral: false, needle: '' }, pattern };
}
