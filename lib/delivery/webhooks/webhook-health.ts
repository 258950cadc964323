import { type Clock, DAY_MS, HOUR_MS, isoTime } from '../../core/clock.ts';
import { type EventDraft, type EventEnvelope, PRIORITY } from '../../events/envelope.ts';
import { reasonOf } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { causedBy } from '../../events/cause.ts';
import type { Webhook } from './webhook-list.ts';
import { fileStamp, NO_FILE } from './file-stamp.ts';
import { readNotes, type WebhookNote, webhookNotesFile, writeNotes } from './webhook-notes.ts';

export interface HealthParts {
  /** The state folder. */
  readonly root: string;
  readonly clock: Clock;
  /** Its errors reach the user. */
  readonly log: Log;
  readonly emit: (draft: EventDraft) => void;
}

/** How a delivery ended, as far as it concerns the webhook. */
export interface Outcome {
  readonly state: 'done' | 'failed' | 'gone';
  readonly reason: string;
  /** Missing if there was no answer. */
  readonly status?: number;
}

const MINUTE = 60_000;

/**
 * Records how deliveries of webhooks end, where the command line reads it, and reports problems:
 * each at most once per interval.
 */
export class WebhookHealth {
  readonly #parts: HealthParts;
  readonly #file: string;
  readonly #notes = new Map<string, WebhookNote>();
  #seen = NO_FILE;
  #writtenAt = Number.NEGATIVE_INFINITY;
  #stateChanges = 0;

  constructor(parts: HealthParts) {
    this.#parts = parts;
    this.#file = webhookNotesFile(parts.root);
  }

  /** Grows whenever a webhook starts or stops failing, or answers 410 Gone. */
  get stateChanges(): number {
    return this.#stateChanges;
  }

  /**
   * Reads what another worker wrote that leads now or led before. Costs one `stat` if nothing
   * changed.
   */
  refresh(): void {
    const stamp = fileStamp(this.#file);
    if (stamp === this.#seen) return;
    this.#seen = stamp;
    this.#notes.clear();
    for (const [id, note] of readNotes(this.#file)) this.#notes.set(id, note);
    this.#stateChanges += 1;
  }

  noteOf({ id }: Webhook): WebhookNote {
    return this.#notes.get(id) ?? {};
  }

  /** Deletes notes of webhooks that are no longer on the list. */
  keepOnly(webhooks: readonly Webhook[]): void {
    for (const id of this.#notes.keys())
      if (!webhooks.some((webhook) => webhook.id === id)) this.#notes.delete(id);
  }

  record(webhook: Webhook, event: EventEnvelope, outcome: Outcome): void {
    if (outcome.state === 'done') this.#succeeded(webhook);
    else this.#failed(webhook, event, outcome);
  }

  #succeeded(webhook: Webhook): void {
    const { failingSince, reportedAt } = this.noteOf(webhook);
    const isBack = failingSince !== undefined;
    this.#keep(
      webhook,
      { ...(reportedAt === undefined ? {} : { reportedAt }), lastSuccessAt: this.#now() },
      isBack,
    );
    if (isBack)
      this.#parts.log(
        'info',
        'WEBHOOK_BACK',
        `Webhook ${webhook.name} accepts events again; it failed since ${failingSince}`,
      );
  }

  #failed(webhook: Webhook, event: EventEnvelope, { state, reason, status }: Outcome): void {
    const before = this.noteOf(webhook);
    const { log } = this.#parts;
    const now = this.#now();
    const failingSince = before.failingSince ?? now;
    const isGone = state === 'gone' && before.goneAt === undefined;
    // A failed delivery of a failure report is not reported.
    const isReported =
      !event.event_type.startsWith('network.') && this.#isLongAgo(before.reportedAt, HOUR_MS);
    const isSaid = this.#isLongAgo(failingSince, DAY_MS) && this.#isLongAgo(before.saidAt, DAY_MS);
    const note = {
      ...before,
      failingSince,
      lastFailureAt: now,
      reason,
      ...(isGone ? { goneAt: now } : {}),
    };
    const isStateChange = isGone || before.failingSince === undefined;
    this.#keep(
      webhook,
      { ...note, ...(isReported ? { reportedAt: now } : {}), ...(isSaid ? { saidAt: now } : {}) },
      isStateChange,
      isReported || isSaid,
    );
    if (isReported) {
      log('warn', 'WEBHOOK_FAILED', `Cannot deliver to webhook ${webhook.name}: ${reason}`, {
        event: event.event_id,
      });
      this.#parts.emit(networkFailed(webhook, event, reason, status));
    }
    if (isGone)
      log(
        'error',
        'WEBHOOK_GONE',
        `Webhook ${webhook.name} is disabled: its receiver answered 410; \`waymark webhooks enable ${webhook.name}\` tries again`,
      );
    else if (isSaid)
      log(
        'error',
        'WEBHOOK_FAILING',
        `Webhook ${webhook.name} has accepted nothing since ${failingSince}: ${reason}`,
      );
  }

  /**
   * Keeps a note. Writes all notes if this one changes a state or the last write is a while ago.
   */
  #keep(
    { id }: Webhook,
    note: WebhookNote,
    isStateChange: boolean,
    isWritten = isStateChange,
  ): void {
    const isFirst = !this.#notes.has(id);
    this.#notes.set(id, note);
    if (isStateChange) this.#stateChanges += 1;
    if (
      !isStateChange &&
      !isWritten &&
      !isFirst &&
      Math.abs(this.#parts.clock() - this.#writtenAt) < MINUTE
    )
      return;
    this.#writtenAt = this.#parts.clock();
    try {
      writeNotes(this.#file, this.#notes);
      this.#seen = fileStamp(this.#file);
    } catch (error) {
      this.#parts.log('warn', 'WEBHOOK_UNNOTED', `Cannot write ${this.#file}: ${reasonOf(error)}`);
    }
  }

  #now(): string {
    return isoTime(this.#parts.clock());
  }

  /**
   * Whether a time is that far away in either direction: a clock that was set back must not
   * suppress reports.
   */
  #isLongAgo(time: string | undefined, ms: number): boolean {
    return time === undefined || !(Math.abs(this.#parts.clock() - Date.parse(time)) < ms);
  }
}

function networkFailed(
  { name, url }: Webhook,
  event: EventEnvelope,
  reason: string,
  status: number | undefined,
): EventDraft {
  const { correlationId, ...metadata } = causedBy(event);
  return {
    type: 'network.failed',
    priority: PRIORITY.normal,
    ...(correlationId === undefined ? {} : { correlationId }),
    metadata,
    payload: {
      kind: 'webhook',
      name,
      host: new URL(url).host,
      ...(status === undefined ? {} : { status }),
      reason,
    },
  };
}
