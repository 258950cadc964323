import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { onTestFinished } from 'vitest';
import type { EventEnvelope } from '../../../../lib/events/envelope.ts';
import { WaymarkError } from '../../../../lib/core/errors.ts';
import type { JsonObject } from '../../../../lib/core/json.ts';
import {
  openUserHandlers,
  type UserHandlers,
  type UserHandlersOptions,
} from '../../../../lib/delivery/handlers/user-handlers.ts';
import type { DeliveryResult, Subscription } from '../../../../lib/delivery/subscription.ts';
import { memoryLog } from '../../../support/memory-log.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { testEvent } from '../../../support/test-event.ts';

/** A throw-away state folder with handlers in it. */
export interface HandlerHome {
  readonly root: string;
  readonly folder: string;
  readonly log: ReturnType<typeof memoryLog>;
  readonly emitted: JsonObject[];
  open(options?: Partial<UserHandlersOptions>): UserHandlers;
}

export function handlerHome(): HandlerHome {
  const root = tempFolder();
  const folder = `${root}/handlers`;
  mkdirSync(folder);
  const log = memoryLog();
  const emitted: JsonObject[] = [];
  const open = (options: Partial<UserHandlersOptions> = {}): UserHandlers => {
    const handlers = openUserHandlers({
      home: root,
      environment: process.env,
      clock: Date.now,
      log: log.log,
      runner: '/nowhere/runner.js',
      api: '/nowhere/index.js',
      emit: (draft) => {
        if (draft['type'] === 'not-a-type')
          throw new WaymarkError(
            'EVENT_INVALID',
            'Cannot emit not-a-type: event_type must be words joined by dots',
          );
        emitted.push(draft);
        return `evt_${emitted.length}`;
      },
      lookMs: 0,
      ...options,
    });
    onTestFinished(() => handlers.close());
    return handlers;
  };
  return { root, folder, log, emitted, open };
}

/** Writes a file and the folders above it, executable unless told otherwise. */
export function putFile(path: string, text: string, mode = 0o755): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

/** The subscription of this name. */
export function subscriptionOf(handlers: UserHandlers, name: string): Subscription {
  const found = handlers.source().find((one) => one.name === name);
  if (found === undefined)
    throw new Error(`no ${name}; there are ${JSON.stringify(handlers.known())}`);
  return found;
}

/** One attempt, within `limitMs`. */
export function attempt(
  subscription: Subscription,
  event: EventEnvelope = testEvent(),
  limitMs = 30_000,
  count = 1,
): Promise<DeliveryResult> {
  return subscription.deliver({ event, attempt: count, signal: AbortSignal.timeout(limitMs) });
}
