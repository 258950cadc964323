import { mkdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { sealEvent } from '../../lib/events/envelope.ts';
import { stampSource } from '../../lib/events/event-id.ts';
import type { JsonObject } from '../../lib/core/json.ts';
import { formatEntryName } from '../../lib/queue/entry-name.ts';
import type { BenchHome } from './bench-home.ts';
import { sampleDraft } from './programs/sample-drafts.ts';

export interface BacklogOptions {
  readonly payload: JsonObject;
  readonly count: number;
  /** Number of the first event: two backlogs of one home must not repeat calls. */
  readonly from: number;
}

/**
 * Writes entries beside the queue, without the rename of each: workers see all of them at once
 * anyway.
 * @returns what moves them into the queue, with one rename; the queue must be empty then.
 */
export function prepareBacklog(
  home: BenchHome,
  { payload, count, from }: BacklogOptions,
): () => void {
  const prepared = `${home.root}/prepared`;
  mkdirSync(prepared, { mode: 0o700 });
  const nextStamp = stampSource(Date.now);
  const { priority } = sampleDraft(payload, 0);
  for (let n = from; n < from + count; n += 1) {
    const stamp = nextStamp();
    const event = sealEvent(sampleDraft(payload, n), stamp, 'hook/PostToolUse');
    writeFileSync(
      `${prepared}/${formatEntryName({ ...stamp, priority, attempts: 0 })}`,
      JSON.stringify(event),
      { mode: 0o600 },
    );
  }
  const target = `${home.queue.pending}/${priority}`;
  return () => {
    rmdirSync(target);
    renameSync(prepared, target);
  };
}
