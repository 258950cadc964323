import { listen } from '../../../lib/queue/wakeup/listen.ts';
import { monotonicMs } from '../clock.ts';
import { readOrder } from './order.ts';

// Listens as a worker does and prints when each ring reached its callback.
const { wake } = readOrder<{ readonly wake: string }>();
const onRing = (): void => {
  const at = monotonicMs();
  process.stdout.write(`${JSON.stringify({ at })}\n`);
};
const listener = listen(wake, 'listener', {
  onRing,
  onQuit: () => undefined,
  onError: (error) => {
    throw error;
  },
});
process.on('SIGTERM', () => listener.close());
process.stdout.write('{"ready":true}\n');
