import { BUDGET_ENTRY } from './budgets.ts';
import { readSchedule } from './schedule/schedule-entry.ts';
import { type DocumentedSetting, HOOK_SETTINGS } from './hook-settings.ts';

/**
 * All settings of waymark. The key is the name in `config.json`; the environment variable is
 * derived from it (`checkpointInterval` → `WAYMARK_CHECKPOINT_INTERVAL`).
 */
export const SETTINGS = {
  checkpointInterval: {
    ...HOOK_SETTINGS.checkpointInterval,
    doc: 'At most one automatic checkpoint per session in this time; 0 turns the throttle off.',
  },
  durability: {
    ...HOOK_SETTINGS.durability,
    doc: 'What an enqueue waits for: nothing (survives any process), fsync of the file, or of file and folder (survives power loss).',
  },
  entryCap: {
    ...HOOK_SETTINGS.entryCap,
    doc: 'Largest queue entry; a larger one goes to dead/.',
  },
  queueCap: {
    ...HOOK_SETTINGS.queueCap,
    doc: 'Most entries per priority folder; hooks refuse further ones.',
  },
  autostart: {
    ...HOOK_SETTINGS.autostart,
    doc: 'Whether a hook that finds no live worker starts one.',
  },
  ignoredProjects: {
    ...HOOK_SETTINGS.ignoredProjects,
    doc: 'Sessions whose folder contains one of these texts are not captured (automated observers).',
  },
  eventLoop: {
    kind: 'flag',
    fallback: true,
    doc: 'Sleep on the wake-up pipe; false means polling.',
  },
  readTimeout: {
    kind: 'seconds',
    fallback: 5,
    range: [0.05, 600],
    doc: 'Longest sleep between two rounds of maintenance.',
  },
  readTimeoutMax: {
    kind: 'seconds',
    fallback: 60,
    range: [0.05, 3_600],
    doc: 'Longest read timeout while nothing happens.',
  },
  pollInterval: {
    kind: 'milliseconds',
    fallback: 500,
    range: [10, 60_000],
    doc: 'Time between scans where there is no pipe and no watcher.',
  },
  heartbeatInterval: {
    kind: 'seconds',
    fallback: 5,
    range: [0.05, 600],
    doc: 'Shortest time between two heartbeat writes while busy.',
  },
  watcherRestarts: {
    kind: 'count',
    fallback: 3,
    range: [0, 100],
    doc: 'How often a dead file watcher is restarted before the worker falls back to polling.',
  },
  idleExit: {
    kind: 'seconds',
    fallback: 0,
    range: [0, 604_800],
    doc: 'The worker ends after this long without work; 0 means never. The next hook starts it again.',
  },
  batchSize: {
    kind: 'count',
    fallback: 256,
    range: [1, 4_096],
    doc: 'Most entries in one transaction; fewer while they take long.',
  },
  deliveries: {
    kind: 'count',
    fallback: 8,
    range: [1, 256],
    doc: 'Most deliveries that run at once. Each handler and webhook may always run one, so that slow ones delay no other.',
  },
  deliveriesKept: {
    kind: 'count',
    fallback: 10_000,
    range: [0, 10_000_000],
    doc: 'How many finished deliveries of each handler and webhook stay in the store; none longer than its event.',
  },
  maxAttempts: {
    kind: 'count',
    fallback: 5,
    range: [1, 100],
    doc: 'Attempts before an entry goes to dead/.',
  },
  retryBase: {
    kind: 'milliseconds',
    fallback: 1_000,
    range: [1, 3_600_000],
    doc: 'Delay before the second attempt; doubles with each further one, with jitter.',
  },
  retryCap: {
    kind: 'milliseconds',
    fallback: 300_000,
    range: [1, 86_400_000],
    doc: 'Longest delay between two attempts.',
  },
  recoverInterval: {
    kind: 'seconds',
    fallback: 30,
    range: [0.05, 3_600],
    doc: 'How often entries of dead workers are requeued and the recovery folder is read.',
  },
  sweepAge: {
    kind: 'seconds',
    fallback: 900,
    range: [1, 604_800],
    doc: 'Age from which a file in tmp/ counts as abandoned.',
  },
  contextInterval: {
    kind: 'seconds',
    fallback: 30,
    range: [1, 3_600],
    doc: 'How often new lines in transcripts of active sessions are read.',
  },
  promotionInterval: {
    kind: 'seconds',
    fallback: 60,
    range: [1, 86_400],
    doc: 'How often failures seen in several sessions are summed up.',
  },
  debounce: {
    kind: 'seconds',
    fallback: 5,
    range: [0, 3_600],
    doc: 'Quiet time after file activity before it is acted on.',
  },
  activityThreshold: {
    kind: 'count',
    fallback: 20,
    range: [1, 100_000],
    doc: 'File changes within the activity window that count as high activity.',
  },
  activityWindow: {
    kind: 'seconds',
    fallback: 60,
    range: [1, 3_600],
    doc: 'The window over which file changes are counted.',
  },
  watchedPaths: {
    kind: 'list',
    fallback: [],
    doc: 'Folders watched for file activity; empty means the folder of each active session.',
  },
  watchedLogs: {
    kind: 'list',
    fallback: [],
    doc: 'Absolute paths of further logs whose lines are failures: JSON lines or plain text; see `waymark docs failures`.',
  },
  ignoredPaths: {
    kind: 'list',
    fallback: ['.git', 'node_modules', 'dist', '.cache'],
    doc: 'Folder names left out of watching.',
  },
  contextThresholds: {
    kind: 'list',
    fallback: ['70', '85', '95'],
    entries: { shape: /^(?:100|[1-9]?\d)(?:\.\d+)?$/, example: '85' },
    doc: 'Percentages of the context window at which Claude is warned; from the second on with a checkpoint and a list of what can be dropped.',
  },
  modelWindows: {
    kind: 'list',
    fallback: [],
    entries: { shape: /^[^=\s]+=[1-9]\d{0,9}[km]?$/i, example: 'claude-x=400000' },
    doc: 'Context windows in tokens that replace the known ones: claude-x=400000 is for all models whose name begins with claude-x.',
  },
  modelPrices: {
    kind: 'list',
    fallback: [],
    entries: {
      shape: /^[^=\s]+=(?:\d+(?:\.\d+)?\/){4}\d+(?:\.\d+)?(?:@\d{4}-\d\d-\d\d)?$/,
      example: 'claude-x=5/25/0.5/6.25/10@2026-11-01',
    },
    doc: 'Prices that replace the known ones, in dollars for a million tokens: MODEL=INPUT/OUTPUT/CACHE READ/CACHE 5 MINUTES/CACHE 1 HOUR, from a day on with @DAY; MODEL+fast is its fast mode. See `waymark docs cost`.',
  },
  schedules: {
    kind: 'list',
    fallback: [],
    entries: { shape: /^\S+ /, example: 'nightly 0 3 * * * report.wanted {"days":1}' },
    check: scheduleProblem,
    doc: 'What is emitted when: `NAME every 15m TYPE [PAYLOAD]`, or the five fields of cron in place of `every 15m`; `NAME off` turns off a built-in one. See `waymark docs schedules`.',
  },
  eventLog: {
    kind: 'flag',
    fallback: true,
    doc: 'Whether each stored event is also appended to log/<category>-events.jsonl.',
  },
  eventLogSize: {
    kind: 'bytes',
    fallback: 10_485_760,
    range: [4_096, 1_073_741_824],
    doc: 'Size at which an event log is rotated; each is also rotated daily.',
  },
  eventLogFiles: {
    kind: 'count',
    fallback: 30,
    range: [0, 10_000],
    doc: 'Most rotated event logs that are kept per category.',
  },
  eventLogKeep: {
    kind: 'seconds',
    fallback: 2_592_000,
    range: [60, 1_000_000_000],
    doc: 'How long rotated event logs are kept.',
  },
  eventLogBudget: {
    kind: 'bytes',
    fallback: 268_435_456,
    range: [1_048_576, 1_099_511_627_776],
    doc: 'Most bytes of all event logs together; the oldest rotated ones are deleted first.',
  },
  archive: {
    kind: 'flag',
    fallback: true,
    doc: 'Whether each stored event is also kept in archive/events/.',
  },
  archiveKeep: {
    kind: 'seconds',
    fallback: 63_072_000,
    range: [86_400, 1_000_000_000],
    doc: 'How long days of the archive are kept.',
  },
  archiveBudget: {
    kind: 'bytes',
    fallback: 2_147_483_648,
    range: [1_048_576, 1_099_511_627_776],
    doc: 'Most bytes of the archive; the oldest days are deleted first.',
  },
  transcripts: {
    kind: 'flag',
    fallback: true,
    doc: "Whether the client's transcripts are kept in archive/transcripts/.",
  },
  transcriptsKeep: {
    kind: 'seconds',
    fallback: 63_072_000,
    range: [86_400, 1_000_000_000],
    doc: 'How long archived transcripts are kept, from the last change of a session on, and what the store and the search know of the session.',
  },
  transcriptsBudget: {
    kind: 'bytes',
    fallback: 3_221_225_472,
    range: [1_048_576, 1_099_511_627_776],
    doc: 'Most bytes of archived transcripts; the sessions with the oldest changes are deleted first.',
  },
  snapshots: {
    kind: 'flag',
    fallback: true,
    doc: 'Whether the files of work trees are kept at each prompt and checkpoint; see `waymark docs code-snapshots`.',
  },
  snapshotFileSize: {
    kind: 'bytes',
    fallback: 52_428_800,
    range: [1_024, 1_073_741_824],
    doc: 'Largest file that a snapshot takes; a larger one is left out, and the snapshot says so.',
  },
  snapshotSize: {
    kind: 'bytes',
    fallback: 1_073_741_824,
    range: [1_048_576, 1_099_511_627_776],
    doc: 'Most bytes of new and changed files that one snapshot takes; the next one continues with the rest.',
  },
  snapshotsKeep: {
    kind: 'seconds',
    fallback: 31_536_000,
    range: [86_400, 1_000_000_000],
    doc: 'How long snapshots are kept: all for two days, one of each prompt for two weeks, then one of each session.',
  },
  snapshotsBudget: {
    kind: 'bytes',
    fallback: 2_147_483_648,
    range: [1_048_576, 1_099_511_627_776],
    doc: 'Most bytes of all snapshots together; the oldest are deleted first.',
  },
  autoCommit: {
    kind: 'list',
    fallback: [],
    entries: { shape: /^\//, example: '/home/user/project' },
    doc: 'Repositories whose files are committed to a branch of its own at the end of each turn; only config.json counts. See `waymark docs auto-commit`.',
  },
  fleetShare: {
    kind: 'list',
    fallback: [],
    entries: {
      shape:
        /^(?:\*|\/[^=]*)=(?:figures|places|commands|texts)(?:\+(?:figures|places|commands|texts))*$/,
      example: '/home/user/project=figures+places+commands',
    },
    doc: 'What the team gets of the sessions in a folder; a folder without an entry shares nothing. Only config.json counts. See `waymark docs team`.',
  },
  retention: {
    kind: 'seconds',
    fallback: 7_776_000,
    range: [60, 1_000_000_000],
    doc: 'How long events and checkpoints stay in the store, and notes and views of sessions beside it. Sessions stay for transcriptsKeep.',
  },
  diskBudget: {
    kind: 'bytes',
    fallback: 5_368_709_120,
    range: [16_777_216, 1_099_511_627_776],
    doc: 'Most bytes of the whole state folder; what is older than a day and least useful is deleted first. See `waymark docs retention`.',
  },
  metricsPort: {
    kind: 'count',
    fallback: 0,
    range: [0, 65_535],
    doc: 'Port of 127.0.0.1 on which the worker serves /metrics for Prometheus; 0 means none. See `waymark docs metrics`.',
  },
  storeUrl: {
    kind: 'list',
    fallback: [],
    entries: {
      shape: /^(?:team|postgres(?:ql)?:\/\/(?:[^\s:@/]+@)?[^\s@]+)$/,
      example: 'postgres://ann@db.example/team',
    },
    doc: 'The PostgreSQL of a team that commands read instead of the store of this machine: an address without a password, or `team`. See `waymark docs team`.',
  },
  budgets: {
    kind: 'list',
    fallback: [],
    entries: { shape: BUDGET_ENTRY, example: 'day=20:ask' },
    doc: 'What a day, a session, or the agents of a session may cost, in dollars at list prices: WHAT=DOLLARS:warn, :ask or :deny; only config.json counts. Set it with `waymark budget`; see `waymark docs budgets`.',
  },
  notify: {
    kind: 'choice',
    fallback: 'off',
    choices: ['off', 'desktop', 'terminal'],
    doc: 'Whether you are notified when a session waits for you after a long turn: by the desktop (notify-send, osascript) or in the terminal of the session (OSC 9). See `waymark docs notify`.',
  },
  notifyAfter: {
    kind: 'seconds',
    fallback: 30,
    range: [0, 86_400],
    doc: 'How long a session must have worked before you are notified that it waits.',
  },
  logLevel: {
    kind: 'choice',
    fallback: 'info',
    choices: ['debug', 'info', 'warn', 'error'],
    doc: 'Lowest level that is written to worker.log.',
  },
} as const satisfies Record<string, DocumentedSetting>;

export type SettingName = keyof typeof SETTINGS;

function scheduleProblem(entry: string): string | undefined {
  const read = readSchedule(entry);
  return read.ok ? undefined : `${read.field} ${read.reason}`;
}
