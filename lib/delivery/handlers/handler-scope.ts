import type { EventEnvelope } from '../../events/envelope.ts';
import { stringField } from '../../core/json.ts';
import { realPathOr } from '../../core/state-folder.ts';
import type { ProjectTrust } from './project-trust.ts';
import { projectHandlers, type TrustedProject } from './trust.ts';

/** A folder of handlers, and whose events they get. */
export interface HandlerScope {
  /** Before the slash in their names. */
  readonly prefix: string;
  readonly folder: string;
  /** Where its modules run. */
  readonly cwd: string;
  /** Why nothing in it may run at this moment. */
  problem(): string | undefined;
  accepts(event: EventEnvelope): boolean;
}

/** The user's own folder: every event. */
export function userScope(root: string): HandlerScope {
  return {
    prefix: 'user',
    folder: `${root}/handlers`,
    cwd: root,
    problem: () => undefined,
    accepts: () => true,
  };
}

/** A trusted project: the events of its sessions. */
export function projectScope(
  trusted: TrustedProject,
  trust: ProjectTrust,
  projectOfSession: (sessionId: string) => string | undefined,
): HandlerScope {
  const { project, label } = trusted;
  return {
    prefix: `project/${label}`,
    folder: projectHandlers(project),
    cwd: project,
    problem: () => trust.problem(trusted),
    accepts: ({ payload }) => {
      const session = stringField(payload, 'session_id');
      const place =
        stringField(payload, 'project') ??
        stringField(payload, 'cwd') ??
        (session === undefined ? undefined : projectOfSession(session));
      return (
        place !== undefined && (isWithin(place, project) || isWithin(realPathOr(place), project))
      );
    },
  };
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
