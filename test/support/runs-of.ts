import { findProvenShapes } from '../../lib/features/failure/command-shape.ts';
import { computePatternId } from '../../lib/features/failure/error-pattern.ts';
import { describeFailedCommand } from '../../lib/features/failure/failed-command.ts';
import type { Run } from '../../lib/features/failure/known-pattern.ts';
import type { LearningOperation } from '../../lib/features/failure/learn-fixes.ts';

/**
 * What one call tells about commands: the one that failed, or all those that are known to have
 * succeeded.
 */
export function runsOf(
  { tool, target, outcome, error, at, project = '' }: LearningOperation,
  session: string,
): readonly Run[] {
  const place = { tool, command: target, session, project, at };
  switch (outcome) {
    case 'ok':
      return findProvenShapes(tool, target, project).map(({ key, exact }) => ({
        ...place,
        key,
        exact,
        outcome,
        pattern: null,
        error: null,
      }));
    case 'failed': {
      const {
        shape,
        pattern: { text, kind },
      } = describeFailedCommand(tool, target, error ?? '', project);
      return [
        {
          ...place,
          key: shape.key,
          exact: shape.exact,
          outcome,
          pattern: { id: computePatternId(shape.key, text), text, kind },
          error,
        },
      ];
    }
    default:
      return [];
  }
}
