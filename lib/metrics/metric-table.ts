/** What one metric means. */
export interface MetricDescription {
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  /** Each label has few values: never an id of a session or a worker, never a path. */
  readonly labels?: readonly string[];
}

/**
 * Every metric that `/metrics` has. A name is a contract: boards and alert rules of users rely on
 * it.
 */
export const METRICS = {
  waymark_build_info: {
    type: 'gauge',
    help: 'Version of the waymark that answers; always 1.',
    labels: ['version'],
  },
  waymark_metrics_topic_up: {
    type: 'gauge',
    help: '1 while the metrics of a topic can be read, 0 while they are missing.',
    labels: ['topic'],
  },
  waymark_workers: {
    type: 'gauge',
    help: 'Workers by state.',
    labels: ['state'],
  },
  waymark_workers_by_mode: {
    type: 'gauge',
    help: 'Living workers by how they notice new entries.',
    labels: ['mode'],
  },
  waymark_worker_health_score: {
    type: 'gauge',
    help: 'Lowest health score, 0 to 100, of living workers.',
    labels: ['role'],
  },
  waymark_worker_start_timestamp_seconds: {
    type: 'gauge',
    help: 'When the earliest worker started.',
    labels: ['role'],
  },
  waymark_worker_heartbeat_timestamp_seconds: {
    type: 'gauge',
    help: 'Time of the oldest heartbeat of living workers.',
    labels: ['role'],
  },
  waymark_worker_last_entry_timestamp_seconds: {
    type: 'gauge',
    help: 'When a worker last processed an entry.',
    labels: ['role'],
  },
  waymark_worker_idle_seconds: {
    type: 'gauge',
    help: 'Time since a worker last processed an entry, or since it started.',
    labels: ['role'],
  },
  waymark_worker_watcher_alive: {
    type: 'gauge',
    help: '1 while the file watchers of all living workers run.',
    labels: ['role'],
  },
  waymark_worker_watcher_restarts_total: {
    type: 'counter',
    help: 'Restarts of file watchers since their workers started.',
    labels: ['role'],
  },
  waymark_worker_entries_total: {
    type: 'counter',
    help: 'Entries since the workers started: processed, failed attempts, given up.',
    labels: ['role', 'result'],
  },
  waymark_worker_wake_ups_total: {
    type: 'counter',
    help: 'Wake-ups since the workers started: by a ring, by the watcher, or missed (found by the safety scan).',
    labels: ['role', 'cause'],
  },
  waymark_worker_latency_seconds: {
    type: 'gauge',
    help: 'Time from the creation of an event to its commit, over the last 1,024 entries.',
    labels: ['role', 'percentile'],
  },
  waymark_worker_resident_memory_bytes: {
    type: 'gauge',
    help: 'Resident memory of living workers together.',
    labels: ['role'],
  },
  waymark_worker_task_last_run_timestamp_seconds: {
    type: 'gauge',
    help: 'When the leading worker last ran a periodic task.',
    labels: ['task'],
  },
  waymark_queue_entries: {
    type: 'gauge',
    help: 'Entries in the queue by state.',
    labels: ['state'],
  },
  waymark_queue_oldest_entry_age_seconds: {
    type: 'gauge',
    help: 'Age of the oldest pending entry; 0 while none waits.',
  },
  waymark_outbox_deliveries: {
    type: 'gauge',
    help: 'Deliveries to handlers and webhooks that are not done, by state.',
    labels: ['state'],
  },
  waymark_dead_letters: {
    type: 'gauge',
    help: 'Entries and deliveries that were given up.',
    labels: ['kind'],
  },
  waymark_hook_errors_last_day: {
    type: 'gauge',
    help: 'Errors of hooks in the last 24 hours.',
  },
  waymark_ledger_events: {
    type: 'gauge',
    help: 'Events that hooks captured in sessions of the last 24 hours, by where they are; gap is nowhere.',
    labels: ['fate'],
  },
  waymark_store_up: {
    type: 'gauge',
    help: '1 while the store can be read and written, 0 otherwise.',
  },
  waymark_events_stored_total: {
    type: 'counter',
    help: 'Events stored since the store was created.',
  },
  waymark_disk_bytes: {
    type: 'gauge',
    help: 'Bytes in the state folder by kind.',
    labels: ['kind'],
  },
  waymark_disk_budget_bytes: {
    type: 'gauge',
    help: 'Most bytes that the state folder may take (diskBudget).',
  },
  waymark_disk_free_bytes: {
    type: 'gauge',
    help: 'Bytes that are free on the disk of the state folder.',
  },
  waymark_cleaned_last_week: {
    type: 'gauge',
    help: 'Rows and files that clean-ups deleted in the last 7 days, by kind.',
    labels: ['kind'],
  },
  waymark_sessions: {
    type: 'gauge',
    help: 'Sessions that have not ended, by what they do.',
    labels: ['state'],
  },
  waymark_sessions_recorded: {
    type: 'gauge',
    help: 'Sessions in the store.',
  },
  waymark_last_checkpoint_timestamp_seconds: {
    type: 'gauge',
    help: 'Time of the latest checkpoint of all sessions.',
  },
  waymark_session_health_score: {
    type: 'gauge',
    help: 'Lowest health score, 0 to 100, of active sessions.',
  },
  waymark_sessions_by_health: {
    type: 'gauge',
    help: 'Active sessions by health: good (80 and more), fair (50 and more), poor.',
    labels: ['health'],
  },
  waymark_session_context_used_ratio: {
    type: 'gauge',
    help: 'Used part of the context window, 0 to 1, of the fullest active session.',
  },
  waymark_account_limit_used_ratio: {
    type: 'gauge',
    help: 'Used part of a subscription window, 0 to 1, of the account that used most.',
    labels: ['window'],
  },
  waymark_today_sessions: { type: 'gauge', help: 'Sessions with an event since midnight.' },
  waymark_today_calls: { type: 'gauge', help: 'Tool calls since midnight.' },
  waymark_today_failures: { type: 'gauge', help: 'Failures since midnight.' },
  waymark_today_warnings: {
    type: 'gauge',
    help: 'Warnings before known failures since midnight, by outcome: heeded, other.',
    labels: ['outcome'],
  },
  waymark_today_cost_dollars: {
    type: 'gauge',
    help: 'Cost of the answers since midnight; those of models without a price are left out.',
  },
  waymark_today_tokens: {
    type: 'gauge',
    help: 'Tokens of the answers since midnight, by kind.',
    labels: ['kind'],
  },
  waymark_failure_patterns: { type: 'gauge', help: 'Known ways in which commands fail.' },
  waymark_handler_deliveries: {
    type: 'gauge',
    help: 'Deliveries that the store still knows, by handler or webhook and state.',
    labels: ['handler', 'state'],
  },
  waymark_handler_duration_seconds: {
    type: 'gauge',
    help: 'How long deliveries took.',
    labels: ['handler', 'percentile'],
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;

export type MetricName = keyof typeof METRICS;

/** One value of a metric. */
export interface MetricSample {
  readonly metric: MetricName;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}
