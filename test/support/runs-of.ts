import { provenShapes } from '../../lib/features/failure/command-shape.ts';
import { patternId } from '../../lib/features/failure/error-pattern.ts';
import { failedCommand } from '../../lib/features/failure/failed-command.ts';
import type { Run } from '../../lib/features/failure/known-pattern.ts';
import type { LearningOperation } from '../../lib/features/failure/learn-fixes.ts';

/** What one call tells about commands: the one that failed, or all those that are known to have succeeded. */
export function runsOf(
  { tool, target, outcome, error, at, project = '' }: LearningOperation,
  session: string,
): readonly Run[] {
  const place = { tool, command: target, session, project, at };
  switch (outcome) {
    case 'ok':
      return provenShapes(tool, target, project).map(({ key, exact }) => ({
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
      } = failedCommand(tool, target, error ?? '', project);
      return [
        {
          ...place,
          key: shape.key,
          exact: shape.exact,
          outcome,
          pattern: { id: patternId(shape.key, text), text, kind },
          error,
        },
      ];
    }
    default:
      return [];
  }
}
