import { causedBy } from '../events/cause.ts';
import { emitEvent } from '../queue/emit-event.ts';
import { givenByHandler } from '../delivery/handlers/emit-from-handler.ts';
import { openUserHandlers, type UserHandlers } from '../delivery/handlers/user-handlers.ts';
import type { EventStamp } from '../events/event-id.ts';
import type { Log } from '../core/log.ts';
import { packageFolder } from '../core/package-folder.ts';
import type { StateFolder } from '../core/state-folder.ts';
import type { QueueFolder } from '../queue/queue-folder.ts';
import { ringAll } from '../queue/wakeup/ring.ts';
import type { LiveConfig } from './live-config.ts';

export interface UserHandlerParts {
  readonly folder: StateFolder;
  readonly queue: QueueFolder;
  readonly config: LiveConfig;
  readonly clock: () => number;
  readonly log: Log;
  readonly nextStamp: () => EventStamp;
}

/** Makes the user's handlers for a worker. */
export function userHandlerSource({
  folder,
  queue,
  config,
  clock,
  log,
  nextStamp,
}: UserHandlerParts): UserHandlers {
  return openUserHandlers({
    home: folder.root,
    environment: process.env,
    clock,
    log,
    runner: `${packageFolder()}/dist/handler-runner.js`,
    api: `${packageFolder()}/dist/index.js`,
    emit: (draft, cause, handler) => {
      const { queueCap, entryCap } = config.values;
      const options = { durability: 'none', queueCap, entryCap } as const;
      const event = emitEvent({
        given: givenByHandler(draft, handler),
        source: 'worker',
        cause: causedBy(cause),
        queue,
        nextStamp,
        queuePriority: undefined,
        options,
      });
      ringAll(folder.wake);
      return event.event_id;
    },
  });
}
