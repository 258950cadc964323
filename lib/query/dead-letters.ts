import { WaymarkError } from '../core/errors.ts';
import { randomPart } from '../events/event-id.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { isNamed } from '../core/subscription-name.ts';
import { type JsonObject, parseJsonObject } from '../core/json.ts';
import { type DeadLetter, listDead, showDead } from '../queue/dead-letters.ts';
import { queueFolder } from '../queue/queue-folder.ts';
import { type DeadDelivery, readDeadDeliveries } from './dead-deliveries.ts';
import { queryStore } from './store-view.ts';

/**
 * What was given up: an entry that could not be applied, or a delivery that failed. Field names are
 * a contract.
 */
export interface DeadLetterSummary {
  readonly id: string;
  readonly kind: 'entry' | 'delivery';
  readonly type: string;
  readonly reason: string;
  readonly attempts: number;
  /** ISO time, or `null`. */
  readonly at: string | null;
  /** Who should have got it. */
  readonly handler?: string;
}

export type AnyDeadLetter =
  | {
      readonly summary: DeadLetterSummary;
      readonly entry: DeadLetter;
      readonly delivery?: undefined;
    }
  | {
      readonly summary: DeadLetterSummary;
      readonly entry?: undefined;
      readonly delivery: DeadDelivery;
    };

/** Which letters are meant. */
export interface DeadLetterChoice {
  readonly ids: readonly string[];
  readonly all: boolean;
  /** Of this handler: its whole name, or the end of it. */
  readonly handler?: string;
  /** Whose reason contains this text. */
  readonly reason?: string;
}

/**
 * Every dead letter of both kinds: entries first, each kind oldest first. While the store cannot be
 * read, entries alone, and `onProblem` says why.
 */
export async function listAllDeadLetters(
  folder: StateFolder,
  onProblem: (problem: string) => void,
): Promise<readonly AnyDeadLetter[]> {
  return [
    ...listDead(queueFolder(folder.queue)).map(entryLetter),
    ...(await deliveriesIn(folder, onProblem)).map(deliveryLetter),
  ];
}

async function deliveriesIn(
  folder: StateFolder,
  onProblem: (problem: string) => void,
): Promise<readonly DeadDelivery[]> {
  try {
    return await queryStore<readonly DeadDelivery[]>(folder, [], readDeadDeliveries);
  } catch (error) {
    if (!(error instanceof WaymarkError)) throw error;
    onProblem(`Deliveries are left out. ${error.message}`);
    return [];
  }
}

/** One letter with its content. */
export interface DeadLetterContent {
  readonly letter: AnyDeadLetter;
  /** The entry as it is in the queue, or the event of the delivery as it was stored. */
  readonly content: string;
  /** What lies beside a dead entry: its reason and a remedy. */
  readonly why: JsonObject | undefined;
}

/**
 * The one letter that an id, or the beginning of one, means.
 * @throws {@link WaymarkError} USAGE when it means several, NOT_FOUND when it means none.
 */
export async function readDeadLetter(
  folder: StateFolder,
  id: string,
  onProblem: (problem: string) => void,
): Promise<DeadLetterContent> {
  const all = await listAllDeadLetters(folder, onProblem);
  const [letter, ...others] = chooseDeadLetters(all, { ids: [id], all: false });
  if (letter === undefined || others.length > 0)
    throw new WaymarkError(
      'USAGE',
      `Cannot choose a dead letter for ${id}: ${[letter, ...others].map((one) => one?.summary.id).join(', ')} begin with it`,
      { remedy: 'Give the whole id.' },
    );
  if (letter.entry === undefined)
    return { letter, content: letter.delivery.envelope ?? '', why: undefined };
  const { content, reason } = showDead(queueFolder(folder.queue), letter.entry.file);
  return { letter, content, why: parseJsonObject(reason) };
}

/** Those of a handler, or with a reason; without either, all. */
export function filterDeadLetters(
  letters: readonly AnyDeadLetter[],
  { handler, reason }: Omit<DeadLetterChoice, 'ids' | 'all'>,
): readonly AnyDeadLetter[] {
  const isOf = (name: string | undefined): boolean =>
    handler === undefined || (name !== undefined && isNamed(name, handler));
  return letters.filter(
    ({ summary }) =>
      isOf(summary.handler) &&
      (reason === undefined || summary.reason.toLowerCase().includes(reason.toLowerCase())),
  );
}

/**
 * The letters that are meant: by ids (or their beginnings, or that of their last part), by handler,
 * by reason, or all. An event's id means every letter of that event.
 * @throws {@link WaymarkError} USAGE without a choice or with an ambiguous one, NOT_FOUND for an id
 * that fits none.
 */
export function chooseDeadLetters(
  letters: readonly AnyDeadLetter[],
  choice: DeadLetterChoice,
): readonly AnyDeadLetter[] {
  const { ids, all, handler, reason } = choice;
  if (all && ids.length > 0) throw usage('Cannot use ids with --all: each chooses dead letters');
  if (!all && ids.length === 0 && handler === undefined && reason === undefined)
    throw usage('Cannot choose dead letters: no ids, --handler, --reason or --all given');
  const fitting = filterDeadLetters(letters, choice);
  return ids.length === 0 ? fitting : [...new Set(ids.flatMap((id) => pick(fitting, id)))];
}

/** What tells the event of a letter from others: the end of its id, whose beginning is a date. */
export function shortEventId({ id, handler }: DeadLetterSummary): string {
  const event = handler === undefined ? id : id.slice(0, -handler.length - 1);
  return randomPart(event) ?? event;
}

function pick(letters: readonly AnyDeadLetter[], wanted: string): readonly AnyDeadLetter[] {
  const exact = letters.filter(({ summary, entry, delivery }) =>
    [summary.id, entry?.file, delivery?.event_id].includes(wanted),
  );
  if (exact.length > 0) return exact;
  const [part = '', handler = ''] = wanted.split(/@(.*)/s);
  const found = letters.filter(
    ({ summary }) =>
      summary.id.startsWith(wanted) ||
      (part !== '' &&
        shortEventId(summary).startsWith(part) &&
        (summary.handler ?? '').startsWith(handler)),
  );
  const events = new Set(found.map(({ summary }) => shortEventId(summary)));
  if (events.size > 1)
    throw new WaymarkError(
      'USAGE',
      `Cannot choose a dead letter for ${wanted}: ${found.length} begin with it`,
      { remedy: 'Give more of the id.' },
    );
  if (found.length === 0)
    throw new WaymarkError(
      'NOT_FOUND',
      `Cannot find dead letter ${wanted}: no dead letter has this id`,
    );
  return found;
}

function entryLetter(entry: DeadLetter): AnyDeadLetter {
  const { id, type, reason, attempts, at } = entry;
  return { summary: { id, kind: 'entry', type, reason, attempts, at: at ?? null }, entry };
}

/** One event may be dead for several handlers: the id of a delivery names both. */
function deliveryLetter(delivery: DeadDelivery): AnyDeadLetter {
  const { event_id, subscription, type, reason, attempts, at } = delivery;
  return {
    summary: {
      id: `${event_id}@${subscription}`,
      kind: 'delivery',
      type,
      reason,
      attempts,
      at,
      handler: subscription,
    },
    delivery,
  };
}

function usage(problem: string): WaymarkError {
  return new WaymarkError('USAGE', problem, { remedy: '`waymark dead list` shows the ids.' });
}
