import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { sealEvent } from '../../../lib/events/envelope.ts';
import { stampSource } from '../../../lib/events/event-id.ts';
import { stateFolderAt } from '../../../lib/core/state-folder.ts';
import { enqueue } from '../../../lib/queue/enqueue.ts';
import { queueFolder } from '../../../lib/queue/queue-folder.ts';
import { ringAll } from '../../../lib/queue/wakeup/ring.ts';
import { type ProducerOrder, readOrder } from './order.ts';

// Enqueues as a hook does, one entry after the other, and notes what was acknowledged.
const { home, count, ackFile, sessionId, gapMs } = readOrder<ProducerOrder>();
const folder = stateFolderAt(home, {}, [home]);
const queue = queueFolder(folder.queue);
const nextStamp = stampSource(Date.now);
const pause = new Int32Array(new SharedArrayBuffer(4));
const done = existsSync(ackFile) ? readFileSync(ackFile, 'utf8').split('\n').length - 1 : 0;

for (let n = done; n < count; n += 1) {
  const stamp = nextStamp();
  const event = sealEvent(
    {
      type: 'session.prompt_submitted',
      priority: 5,
      payload: { session_id: sessionId, prompt: `entry ${n}` },
    },
    stamp,
    'test',
  );
  enqueue(queue, event, stamp, n % 10, {
    durability: 'none',
    queueCap: 1_000_000,
    entryCap: 65_536,
  });
  ringAll(folder.wake);
  appendFileSync(ackFile, `${event.event_id}\n`);
  if (gapMs > 0) Atomics.wait(pause, 0, 0, Math.random() * gapMs);
}
