import { count, open, text } from './fields.ts';
import { eventType } from './event-type.ts';
import { PLACE_EXAMPLE, PLACE_FIELDS } from './place.ts';

const process = {
  ...PLACE_FIELDS,
  kind: text('`worker` (a process that applies events) or `agent`.'),
  worker_id: text('Which worker.'),
  pid: count('Process id.'),
};

/** Types about workers and agents as processes: they start, exit or stop reporting. */
export const PROCESS_TYPES = {
  'process.started': eventType({
    doc: 'A worker process or an agent begins.',
    madeBy: [['worker', '`daemon.started`, `worker.started`']],
    payload: open(process),
    example: { kind: 'worker', worker_id: 'w3f9c1a7b20de', pid: 4711 },
  }),
  'process.exited': eventType({
    doc: 'A worker process or an agent has ended.',
    madeBy: [
      [
        'worker',
        '`daemon.stopped`, `worker.completed`, `worker.failed`, and heartbeat files of workers that are dead',
      ],
    ],
    payload: open({
      ...process,
      reason: text(
        '`stopped`, `crashed`, `died` (a worker); `completed`, `failed`, or the reason of `worker.failed` (an agent).',
      ),
    }),
    example: {
      ...PLACE_EXAMPLE,
      kind: 'agent',
      agent_id: 'ad2b73ee51f0c2627',
      reason: 'completed',
    },
  }),
  'process.stale': eventType({
    doc: 'A worker process runs without a heartbeat, or an agent never ended although its session did.',
    madeBy: [['worker', 'overdue heartbeats, and the transcripts of agents']],
    payload: open({
      ...process,
      reason: text('`no-heartbeat` or `session-ended`.'),
      silent_ms: count('Milliseconds since the last sign of life.'),
    }),
    example: {
      kind: 'worker',
      worker_id: 'w3f9c1a7b20de',
      pid: 4711,
      reason: 'no-heartbeat',
      silent_ms: 120_000,
    },
  }),
};
