import { causedBy } from '../events/cause.ts';
import { buildEvent } from '../events/build-event.ts';
import { givenByHandler } from '../delivery/handlers/emit-from-handler.ts';
import { OUTPUT_CAP } from '../delivery/handlers/captured-output.ts';
import { openUserHandlers, type UserHandlers } from '../delivery/handlers/user-handlers.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { stampSource } from '../events/event-id.ts';
import { packageFolder } from '../core/package-folder.ts';
import type { Clock } from '../core/clock.ts';
import type { StateFolder } from '../core/state-folder.ts';

/** Where handlers are looked for, and what they are run with. */
export interface HandlersPlace {
  readonly folder: StateFolder;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** What the handlers of one command have emitted: looked at, and not sent. */
export interface OpenedHandlers {
  readonly handlers: UserHandlers;
  readonly emitted: readonly EventEnvelope[];
}

/** The user's handlers as a worker would find them now, apart from any worker. Close them. */
export async function openHandlers({
  folder,
  environment,
  clock,
}: HandlersPlace): Promise<OpenedHandlers> {
  const emitted: EventEnvelope[] = [];
  const nextStamp = stampSource(clock);
  const handlers = openUserHandlers({
    home: folder.root,
    environment,
    clock,
    log: () => undefined, // every reason is shown
    runner: `${packageFolder()}/dist/handler-runner.js`,
    api: `${packageFolder()}/dist/index.js`,
    emit: (draft, cause, handler) => {
      const event = buildEvent({
        given: givenByHandler(draft, handler),
        source: 'cli',
        cause: causedBy(cause),
        stamp: nextStamp(),
      });
      emitted.push(event);
      return event.event_id;
    },
    outputHead: OUTPUT_CAP,
  });
  await handlers.whenReady();
  return { handlers, emitted };
}
