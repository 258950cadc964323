import { existsSync, readdirSync } from 'node:fs';
import { sealEvent } from '../../../lib/events/envelope.ts';
import { stampSource } from '../../../lib/events/event-id.ts';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { enqueue } from '../../../lib/queue/enqueue.ts';
import { queueFolder } from '../../../lib/queue/queue-folder.ts';
import { ringAll } from '../../../lib/queue/wakeup/ring.ts';
import { blockMs, monotonicMs } from '../clock.ts';
import { type ProducerOrder, readOrder } from './order.ts';
import { sampleDraft } from './sample-drafts.ts';

// Enqueues and rings as a hook does, then watches until the last entry is acknowledged. Prints the
// three times.
const { home, payload, count, durability, everyMs } = readOrder<ProducerOrder>();
const folder = stateFolderAt(home, process.env);
const queue = queueFolder(folder.queue);
const nextStamp = stampSource(Date.now);
const options = { durability, queueCap: 1_000_000, entryCap: 65_536 };

let last = '';
let due = monotonicMs();
const startedAt = due;
for (let n = 0; n < count; n += 1) {
  const draft = sampleDraft(payload, n);
  const stamp = nextStamp();
  const name = enqueue(
    queue,
    sealEvent(draft, stamp, 'hook/PostToolUse'),
    stamp,
    draft.priority,
    options,
  );
  ringAll(folder.wake);
  last = `${queue.pending}/${draft.priority}/${name}`;
  if (everyMs === 0) continue;
  due += everyMs;
  blockMs(Math.max(0, due - monotonicMs()));
}
const enqueuedAt = monotonicMs();
const patience = enqueuedAt + 120_000;
while ((existsSync(last) || isAnythingHeld()) && monotonicMs() < patience) blockMs(1);
process.stdout.write(`${JSON.stringify({ startedAt, enqueuedAt, doneAt: monotonicMs() })}\n`);

function isAnythingHeld(): boolean {
  return readdirSync(queue.processing).some(
    (worker) => readdirSync(`${queue.processing}/${worker}`).length > 0,
  );
}
