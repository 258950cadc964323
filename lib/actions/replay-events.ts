import { setTimeout as sleep } from 'node:timers/promises';
import type { Damage } from '../journal/read-blocks.ts';
import { replay, type ReplayParts } from '../journal/replay/replay.ts';
import { resolveConfig } from '../config/resolve.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { stampSource } from '../events/event-id.ts';
import type { JsonObject } from '../core/json.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import { wakeWorker } from '../cli/commands/background-worker.ts';
import type { CommandContext } from '../cli/command-context.ts';
import { progressLine } from '../cli/commands/progress-line.ts';
import { openView } from '../query/store-view.ts';
import type { Selection } from '../cli/commands/replay-selection.ts';
import { formatCount } from '../cli/text/units.ts';

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
export async function replayEvents(
  context: CommandContext,
  selection: Selection,
  order: ReplayOrder,
): Promise<ReplayReport> {
  const view = openView(context.folder());
  if (view.message !== undefined)
    context.warn(`The store cannot be read (${view.message}): the archive alone is looked at.`);
  const progress = progressLine(context.stderr, context.clock);
  const notes = new ReplayNotes(order);
  let looked = 0;
  try {
    const total = selection.count(view.database);
    const onLooked = (more: number): void => {
      looked += more;
      progress.show(
        looked,
        total,
        `${formatCount(notes.selected)} ${order.isDry ? 'found' : 'replayed'}`,
      );
    };
    const found = selection.events(view.database, (one) => notes.damage.push(one), onLooked);
    const noted = tap(found, selection.limit, (event) => notes.select(event));
    return notes.report(
      order.isDry ? drain(noted) : await replay(noted, partsFor(context, order, notes)),
    );
  } finally {
    progress.end();
    view.database?.close();
  }
}

/** What a report says, as it comes. */
class ReplayNotes {
  readonly damage: Damage[] = [];
  readonly refused: { readonly id: string; readonly reason: string }[] = [];
  readonly events: { readonly id: string; readonly replay: string | null }[] = [];
  readonly #types: Record<string, number> = {};
  readonly #order: ReplayOrder;
  selected = 0;

  constructor(order: ReplayOrder) {
    this.#order = order;
  }

  select(event: EventEnvelope): void {
    const { event_id: id, event_type: type } = event;
    this.selected += 1;
    this.#types[type] = (this.#types[type] ?? 0) + 1;
    this.#order.onEvent?.({ ...event });
    if (this.#order.isDry && this.#order.keepsIds) this.events.push({ id, replay: null });
  }

  report(queued: number): ReplayReport {
    const { selected, refused, damage, events } = this;
    return {
      selected,
      queued,
      types: this.#types,
      refused,
      damage,
      ...(this.#order.keepsIds ? { events } : {}),
    };
  }
}

function partsFor(
  context: CommandContext,
  { again, to, keepsIds }: ReplayOrder,
  { refused, events }: ReplayNotes,
): ReplayParts {
  const { clock, environment } = context;
  const { queue, configFile } = context.folder();
  const { values } = resolveConfig({ environment, userFile: configFile });
  return {
    again,
    ...(to === undefined ? {} : { to }),
    queue: queueFolder(queue),
    entryCap: values.entryCap,
    nextStamp: stampSource(clock),
    wake: () => void wakeWorker(context),
    sleep: (ms) => sleep(ms),
    clock,
    onRefused: (event, { message }) => refused.push({ id: event.event_id, reason: message }),
    ...(keepsIds
      ? { onQueued: (event, id) => void events.push({ id: event.event_id, replay: id }) }
      : {}),
  };
}

function* tap(
  events: Iterable<EventEnvelope>,
  most: number,
  onEvent: (event: EventEnvelope) => void,
): Generator<EventEnvelope> {
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
