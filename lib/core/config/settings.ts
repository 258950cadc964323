import { HOOK_SETTINGS, type Setting } from './hook-settings.ts';

/**
 * Every knob of waymark. The key is the name in `config.json`; the environment name is derived from it
 * (`checkpointInterval` → `WAYMARK_CHECKPOINT_INTERVAL`).
 */
export const SETTINGS = {
  ...HOOK_SETTINGS,
  eventLoop: { kind: 'flag', fallback: true, doc: 'Sleep on the wake-up pipe; off means polling.' },
  readTimeout: { kind: 'seconds', fallback: 5, range: [0.05, 600], doc: 'Longest sleep before maintenance gets its turn.' },
  readTimeoutMax: { kind: 'seconds', fallback: 60, range: [0.05, 3_600], doc: 'What the read timeout stretches to while all is quiet.' },
  pollInterval: { kind: 'milliseconds', fallback: 500, range: [10, 60_000], doc: 'Time between scans where there is no pipe and no watcher.' },
  heartbeatInterval: { kind: 'seconds', fallback: 5, range: [0.05, 600], doc: 'Shortest time between two heartbeat files while busy.' },
  watcherRestarts: { kind: 'count', fallback: 3, range: [0, 100], doc: 'How often a dead file watcher is restarted before the worker falls back to polling.' },
  idleExit: {
    kind: 'seconds',
    fallback: 0,
    range: [0, 604_800],
    doc: 'The worker ends after this long without work; 0 means never. The next hook starts it again.',
  },
  batchSize: { kind: 'count', fallback: 256, range: [1, 4_096], doc: 'Most entries in one transaction.' },
  maxAttempts: { kind: 'count', fallback: 5, range: [1, 100], doc: 'Attempts before an entry goes to dead/.' },
  retryBase: {
    kind: 'milliseconds',
    fallback: 1_000,
    range: [1, 3_600_000],
    doc: 'Delay before the second attempt; doubles with each further one, with jitter.',
  },
  retryCap: { kind: 'milliseconds', fallback: 300_000, range: [1, 86_400_000], doc: 'Longest delay between two attempts.' },
  recoverInterval: {
    kind: 'seconds',
    fallback: 30,
    range: [0.05, 3_600],
    doc: 'How often entries of dead workers are given back and the recovery folder is read in.',
  },
  sweepAge: { kind: 'seconds', fallback: 900, range: [1, 604_800], doc: 'Age from which a file in tmp/ counts as abandoned.' },
  contextInterval: { kind: 'seconds', fallback: 30, range: [1, 3_600], doc: 'How often transcripts of active sessions are read on.' },
  promotionInterval: { kind: 'seconds', fallback: 60, range: [1, 86_400], doc: 'How often failures seen in several sessions are summed up.' },
  debounce: { kind: 'seconds', fallback: 5, range: [0, 3_600], doc: 'Quiet time after file activity before it is acted on.' },
  activityThreshold: { kind: 'count', fallback: 20, range: [1, 100_000], doc: 'File changes within the activity window that count as high activity.' },
  activityWindow: { kind: 'seconds', fallback: 60, range: [1, 3_600], doc: 'The window over which file changes are counted.' },
  watchedPaths: { kind: 'list', fallback: [], doc: 'Folders watched for file activity; empty means the folder of each active session.' },
  watchedLogs: {
    kind: 'list',
    fallback: [],
    doc: 'Absolute paths of further logs whose lines are failures: JSON lines or plain text; see docs/failures.md.',
  },
  ignoredPaths: { kind: 'list', fallback: ['.git', 'node_modules', 'dist', '.cache'], doc: 'Folder names left out of watching.' },
  contextThresholds: {
    kind: 'list',
    fallback: ['70', '85', '95'],
    entries: { shape: /^(?:100|[1-9]?\d)(?:\.\d+)?$/, example: '85' },
    doc: 'Percentages of the context window at which Claude is told; from the second on there is a checkpoint and a list of what may go.',
  },
  modelWindows: {
    kind: 'list',
    fallback: [],
    entries: { shape: /^[^=\s]+=[1-9]\d{0,9}[km]?$/i, example: 'claude-x=400000' },
    doc: 'Context windows that waymark does not know, or knows otherwise, in tokens: claude-x=400000, by the start of the model name.',
  },
  retention: { kind: 'seconds', fallback: 7_776_000, range: [60, 1_000_000_000], doc: 'How long events and sessions stay in the store.' },
  logLevel: { kind: 'choice', fallback: 'info', choices: ['debug', 'info', 'warn', 'error'], doc: 'Least level that is written to worker.log.' },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
