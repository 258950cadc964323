import { setTimeout as sleep } from 'node:timers/promises';
import type { Damage } from '../journal/read-blocks.ts';
import { replay, type ReplayParts } from '../journal/replay/replay.ts';
import { resolveConfig } from '../config/resolve.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { stampSource } from '../events/event-id.ts';
import type { JsonObject } from '../core/json.ts';
import { WaymarkError } from '../core/errors.ts';
import { seqOf } from '../journal/table.ts';
import type { Database } from '../store/database.ts';
import { hasTombstone } from '../store/tombstones.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import { openStoreView } from '../query/store-view.ts';
import type { ActionContext } from './action-context.ts';
import { wakeWorker } from './background-worker.ts';
import { findReplayReceiver } from './replay-receiver.ts';
import { type ReplayChoice, selectReplayEvents } from './replay-selection.ts';

export interface ReplayRequest {
  readonly again: boolean;
  /** Only events that the store never saw, to fill one that was lost. */
  readonly missing?: boolean;
  /** The one handler or webhook that gets them, by its name or the end of it. */
  readonly to?: string;
  /** Reports what would be replayed, and queues nothing. */
  readonly isDry: boolean;
  /** Whether the report names each event. */
  readonly keepsIds: boolean;
  readonly onEvent?: (event: JsonObject) => void;
  readonly onProgress?: (progress: ReplayProgress) => void;
  /** Called when the store cannot be read: only the archive is searched then. */
  readonly onProblem?: (problem: string) => void;
}

export interface ReplayProgress {
  readonly looked: number;
  readonly total: number;
  readonly selected: number;
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

/**
 * Replays the events that are chosen.
 * @throws {@link WaymarkError} USAGE, NOT_FOUND, HANDLER_REFUSED, WORKER_ABSENT,
 * QUEUE_WRITE_FAILED.
 */
export async function replayEvents(
  actionContext: ActionContext,
  choice: ReplayChoice,
  order: ReplayRequest,
): Promise<ReplayReport> {
  const selection = await selectReplayEvents(actionContext.folder, choice);
  requireAim(order);
  const to = order.to === undefined ? undefined : await findReplayReceiver(actionContext, order.to);
  const view = openStoreView(actionContext.folder);
  if (view.message !== undefined)
    order.onProblem?.(`Cannot read the store (${view.message}): only the archive is searched.`);
  const notes = new ReplayNotes(order);
  let looked = 0;
  try {
    const total = selection.count(view.database);
    const onLooked = (more: number): void => {
      looked += more;
      order.onProgress?.({ looked, total, selected: notes.selected });
    };
    const found = selection.events(view.database, (one) => notes.damage.push(one), onLooked);
    const wanted = order.missing === true ? unseen(found, view.database) : found;
    const noted = tap(wanted, selection.limit, (event) => notes.select(event));
    return notes.report(
      order.isDry
        ? drain(noted)
        : await replay(noted, partsFor(actionContext, { ...order, to }, notes)),
    );
  } finally {
    view.database?.close();
  }
}

/** Without an aim a replay would do nothing, and show every event twice. */
function requireAim({ again, missing, to, isDry }: ReplayRequest): void {
  if (again || missing === true || to !== undefined || isDry) return;
  throw new WaymarkError('USAGE', 'Cannot replay events: their purpose is missing', {
    remedy:
      'Add --to NAME (to one handler or webhook), --again (process them again) or --missing (only what the store does not have).',
  });
}

/** The events that the store never saw: neither stored, nor expired, nor discarded. */
function* unseen(
  events: Iterable<EventEnvelope>,
  database: Database | undefined,
): Generator<EventEnvelope> {
  for (const event of events) {
    const isKnown =
      database !== undefined &&
      (seqOf(database, event.event_id) !== undefined || hasTombstone(database, event.event_id));
    if (!isKnown) yield event;
  }
}

/** What a report says, as it comes. */
class ReplayNotes {
  readonly damage: Damage[] = [];
  readonly refused: { readonly id: string; readonly reason: string }[] = [];
  readonly events: { readonly id: string; readonly replay: string | null }[] = [];
  readonly #types: Record<string, number> = {};
  readonly #order: ReplayRequest;
  selected = 0;

  constructor(order: ReplayRequest) {
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
  actionContext: ActionContext,
  { again, to, keepsIds }: Omit<ReplayRequest, 'to'> & { readonly to: string | undefined },
  { refused, events }: ReplayNotes,
): ReplayParts {
  const { clock, environment, folder } = actionContext;
  const { queue, configFile } = folder;
  const { values } = resolveConfig({ environment, userFile: configFile });
  return {
    again,
    ...(to === undefined ? {} : { to }),
    queue: queueFolder(queue),
    entryCap: values.entryCap,
    nextStamp: stampSource(clock),
    wake: () => void wakeWorker(actionContext),
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
