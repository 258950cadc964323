import { setTimeout as sleep } from 'node:timers/promises';
import type { Damage } from '../bus/journal/read-blocks.ts';
import { replay } from '../bus/replay/replay.ts';
import { resolveConfig } from '../core/config/resolve.ts';
import type { EventEnvelope } from '../core/envelope.ts';
import { stampSource } from '../core/event-id.ts';
import type { JsonObject } from '../core/json.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import { wakeWorker } from './background-worker.ts';
import type { CommandContext } from './command-context.ts';
import { progressLine } from './progress-line.ts';
import { openView } from './read/store-view.ts';
import type { Selection } from './replay-selection.ts';
import { formatCount } from './text/units.ts';

export interface ReplayOrder {
  readonly again: boolean;
  readonly to?: string;
  /** Only tells what would be done. */
  readonly isDry: boolean;
  /** Whether the report names each event. */
  readonly keepsIds: boolean;
  readonly onEvent?: (event: JsonObject) => void;
}

/** `replay --json`. Field names are a contract. */
export interface ReplayReport {
  readonly selected: number;
  readonly queued: number;
  readonly types: Readonly<Record<string, number>>;
  readonly refused: ReadonlyArray<{ readonly id: string; readonly reason: string }>;
  /** Places of the archive that could not be read. */
  readonly damage: readonly Damage[];
  readonly events?: ReadonlyArray<{ readonly id: string; readonly replay: string | null }>;
}

/** Replays a selection, and says how far it is on a terminal. @throws {@link WaymarkError} NOT_FOUND, WORKER_ABSENT, QUEUE_WRITE_FAILED. */
export async function replayEvents(context: CommandContext, selection: Selection, order: ReplayOrder): Promise<ReplayReport> {
  const { clock, environment, stderr } = context;
  const folder = context.folder();
  const view = openView(folder);
  if (view.message !== undefined) context.warn(`The store cannot be read (${view.message}): the archive alone is looked at.`);
  const { values } = resolveConfig({ environment, userFile: folder.configFile });
  const progress = progressLine(stderr, clock);
  const damage: Damage[] = [];
  const refused: { readonly id: string; readonly reason: string }[] = [];
  const events: { readonly id: string; readonly replay: string | null }[] = [];
  const types: Record<string, number> = {};
  let selected = 0;
  let looked = 0;
  try {
    const total = selection.count(view.database);
    const onLooked = (more: number): void => {
      looked += more;
      progress.show(looked, total, `${formatCount(selected)} ${order.isDry ? 'found' : 'replayed'}`);
    };
    const found = selection.events(view.database, (one) => damage.push(one), onLooked);
    const counted = tap(found, selection.limit, (event) => {
      selected += 1;
      types[event.event_type] = (types[event.event_type] ?? 0) + 1;
      order.onEvent?.({ ...event });
      if (order.isDry && order.keepsIds) events.push({ id: event.event_id, replay: null });
    });
    const queued = order.isDry
      ? drain(counted)
      : await replay(counted, {
          again: order.again,
          ...(order.to === undefined ? {} : { to: order.to }),
          queue: queueFolder(folder.queue),
          entryCap: values.entryCap,
          nextStamp: stampSource(clock),
          wake: () => void wakeWorker(context),
          sleep: (ms) => sleep(ms),
          clock,
          onRefused: (event, { message }) => refused.push({ id: event.event_id, reason: message }),
          ...(order.keepsIds ? { onQueued: (event: EventEnvelope, id: string) => void events.push({ id: event.event_id, replay: id }) } : {}),
        });
    return { selected, queued, types, refused, damage, ...(order.keepsIds ? { events } : {}) };
  } finally {
    progress.end();
    view.database?.close();
  }
}

function* tap(events: Iterable<EventEnvelope>, most: number, onEvent: (event: EventEnvelope) => void): Generator<EventEnvelope> {
  let count = 0;
  for (const event of events) {
    count += 1;
    onEvent(event);
    yield event;
    if (count >= most) return;
  }
}

function drain(events: Iterable<EventEnvelope>): 0 {
  for (const _event of events);
  return 0;
}
