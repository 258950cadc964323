import { count, open, text } from './fields.ts';
import { eventType } from './event-type.ts';

const daemon = open({
  worker: text('Which worker.'),
  pid: count('Process id.'),
  node: text('Version of Node.'),
});

/** Types about the process that applies events. */
export const DAEMON_TYPES = {
  'daemon.started': eventType({
    doc: 'A worker process starts.',
    madeBy: [['worker', 'its own start']],
    payload: daemon,
    example: { pid: 4711, node: '20.20.2' },
  }),
  'daemon.stopped': eventType({
    doc: 'A worker process ends as it should.',
    madeBy: [['worker', 'its own end']],
    payload: daemon,
    example: { pid: 4711, node: '20.20.2' },
  }),
};
