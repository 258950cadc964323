import { count, number, object, objects, open, text, texts } from './fields.ts';
import { eventType } from './event-type.ts';
import { PLACE_EXAMPLE, PLACE_FIELDS } from './place.ts';

const context = {
  ...PLACE_FIELDS,
  threshold: number('The percentage that was passed.'),
  epoch: count('How often the context was compacted before.'),
  percent: number('How full it is.'),
  tokens: count('Tokens in it.'),
  window: count('Tokens that fit.'),
  model: text('The model.'),
};

const fills = {
  tool: text('The tool.'),
  target: text('What it read.'),
  results: count('How often.'),
  tokens: count('Estimated tokens.'),
};

const cleaned = {
  kind: text('What it is.'),
  count: count('Rows or files.'),
  bytes: count('Bytes of their content.'),
};

/** Types about the state of waymark itself, and about what it asks for. */
export const SYSTEM_TYPES = {
  'system.health_alert': eventType({
    doc: 'Something needs attention.',
    madeBy: [
      [
        'worker',
        'the store is unavailable, captured events are missing or refused, dead letters increase, an error of the worker, a context that fills up',
      ],
      ['handler/heartbeat', '`process.stale`'],
      ['handler/task-failure', '`task.failed`, several in a row'],
      ['handler/security-alert', '`security.*`'],
      ['yours', 'an event refused because eight handlers have triggered each other'],
    ],
    payload: open({
      ...context,
      reason: text(
        'What kind: `store-out`, `ledger-gap`, `queue-full`, `dead-letters`, `worker-error`, `context`, `agent-silent`, `worker-silent`, `failure-burst`, `security`, `event-loop`, or one of yours.',
      ),
      message: text('What is wrong, one sentence.'),
      kind: text('The kind of fault of the store.'),
      code: text('The code of the error.'),
      ids: texts('Events that it is about.'),
      worker_id: text('The worker that is silent.'),
      silent_ms: count('For how long, in milliseconds.'),
      failures: count('Failures in a row.'),
      entries: count('Dead entries.'),
      deliveries: count('Dead deliveries.'),
      severity: text('How bad a finding is.'),
      rule: text('The rule that found it.'),
      event_type: text('The type of the event that reported it.'),
    }),
    example: {
      reason: 'ledger-gap',
      message: 'Missing: 1 captured event',
      ids: ['evt_20261122_044832_3f9c1a7b20de0001'],
    },
  }),
  'system.cleanup_needed': eventType({
    doc: 'Something should be reduced: a context passed its second threshold, or a later one, or the weekly schedule asks for it.',
    madeBy: [
      ['worker', 'a context that fills up'],
      ['schedule/cleanup', 'the schedule, weekly'],
      ['cli', '`waymark clean`, `waymark schedule run cleanup`'],
    ],
    payload: open({
      ...context,
      schedule: text('The schedule that asked for it.'),
      fills: objects(fills, 'What fills it, by tool; at most five.'),
      largest: objects(fills, 'Its largest results; at most five.'),
      may_go: objects(fills, 'Earlier results of one target; at most five.'),
    }),
    example: {
      session_id: PLACE_EXAMPLE.session_id,
      threshold: 85,
      epoch: 0,
      percent: 86.4,
      tokens: 172_800,
      window: 200_000,
      fills: [{ tool: 'Read', results: 12, tokens: 90_000 }],
    },
  }),
  'system.cleanup_completed': eventType({
    doc: 'Data that was too old or too large was deleted.',
    madeBy: [['handler/clean-up', '`system.cleanup_needed` without a session']],
    payload: open({
      removed: count('How much was deleted.'),
      events: count('Expired events.'),
      sessions: count('Expired sessions.'),
      deliveries: count('Ended deliveries.'),
      files: count('Files that their writers left unfinished.'),
      kinds: objects(cleaned, 'Every kind of data of which something was deleted.'),
      message: text('What was deleted, in words.'),
    }),
    example: {
      removed: 123,
      events: 120,
      sessions: 3,
      deliveries: 0,
      files: 0,
      kinds: [{ kind: 'events', count: 120, bytes: 98_000 }],
      message: '120 events and 3 sessions removed',
    },
  }),
  'system.health_sampled': eventType({
    doc: 'The figures of this moment, in answer to a check.',
    madeBy: [['handler/observability', '`system.observability_check`']],
    payload: open({
      queue: object(
        {
          pending: count('Waiting.'),
          delayed: count('Waiting for another attempt.'),
          processing: count('Claimed.'),
          dead: count('Given up.'),
        },
        'Entries by state.',
      ),
      deliveries: object(
        { due: count('Waiting.'), running: count('At work.'), dead: count('Given up.') },
        'Deliveries by state.',
      ),
      processed: count('Entries since the worker started.'),
      failed: count('Attempts that failed since then.'),
      throughput: number('Entries per second over the last minute.'),
      latency_p95_ms: number('From hook to store.'),
      memory_mb: number('Memory of the worker.'),
    }),
    example: {
      queue: { pending: 0, delayed: 0, processing: 0, dead: 0 },
      deliveries: { due: 0, running: 0, dead: 0 },
      processed: 1204,
      failed: 0,
      memory_mb: 71,
    },
  }),
  'system.report_requested': eventType({
    doc: 'A report is to be written into the state folder.',
    madeBy: [
      ['schedule', 'the schedule `weekly-report`'],
      ['yours', 'a schedule or a script of yours'],
    ],
    payload: open({
      report: text('`weekly`, `cost`, `security`, `routing` or `performance`; left out: `weekly`.'),
      format: text('`html`, `md` or `json`; left out: `html`.'),
      since: text('From when on, such as `30d`; left out: 7 or 30 days, as the report is.'),
    }),
    example: { report: 'weekly', format: 'html' },
  }),
  'system.report_written': eventType({
    doc: 'A report was written into the state folder.',
    madeBy: [['handler/report', '`system.report_requested`']],
    payload: open({
      report: text('Which one.'),
      format: text('`html`, `md` or `json`.'),
      file: text('Its path.'),
      bytes: count('Its size.'),
    }),
    example: {
      report: 'weekly',
      format: 'html',
      file: '/home/user/.local/state/waymark/reports/weekly-2026-11-23.html',
      bytes: 41_210,
    },
  }),
  'system.daemon_start_requested': eventType({
    doc: 'A hook or a command asks for a worker.',
    madeBy: [
      ['worker', 'its own start, when a hook or a command found none and started it'],
      ['yours', '`waymark emit`, or any script'],
    ],
    payload: open({ reason: text('Why.'), by: text('Who, as the `source` of events names it.') }),
    example: { reason: 'no worker was running', by: 'hook/SessionStart' },
  }),
  'system.observability_check': eventType({
    doc: 'Time to check the queue, the store and the worker.',
    madeBy: [
      ['schedule/observability', 'the schedule, hourly while a session is at work'],
      ['cli', '`waymark schedule run observability`'],
    ],
    payload: open({ schedule: text('The schedule that asked for it.') }),
    example: { schedule: 'observability' },
  }),
};
