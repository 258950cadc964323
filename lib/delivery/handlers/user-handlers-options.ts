import type { Log } from '../../core/log.ts';
import type { EmitFrom } from './handler-maker.ts';

export interface UserHandlersOptions {
  /** The state folder. */
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: () => number;
  readonly log: Log;
  /** The built `handler-runner.js`, and the file that `import … from 'waymark'` means in a module. */
  readonly runner: string;
  readonly api: string;
  readonly emit: EmitFrom;
  /** The project of a session, for events that name only the session. Must not throw. */
  readonly projectOfSession: (sessionId: string) => string | undefined;
  /** Least time between two looks at the folders. @defaultValue 100 */
  readonly lookMs?: number;
  /** Time between SIGTERM and SIGKILL. @defaultValue 2000 */
  readonly graceMs?: number;
  /** Within which a module must be loaded. @defaultValue 20000 */
  readonly loadMs?: number;
  /** After which the process of a module ends that has no work. @defaultValue 30000 */
  readonly idleMs?: number;
  /** Characters of a handler's output that a result has. @defaultValue 2000 */
  readonly outputHead?: number;
}
