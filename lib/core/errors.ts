/**
 * What to do about an error: `transient` is retried, `permanent` goes to `dead/`, `usage` must be
 * corrected by the caller.
 */
export type Fault = 'transient' | 'permanent' | 'usage';

interface ErrorEntry {
  readonly fault: Fault;
  /** What the reader can do about it, in one sentence. */
  readonly remedy: string;
}

/**
 * All codes that waymark can print. Logs and dead letters keep codes for years: never rename or
 * reuse one.
 */
export const ERRORS = {
  ARCHIVE_TOO_NEW: {
    fault: 'usage',
    remedy: 'Upgrade waymark: a later version wrote this archive.',
  },
  CONFIG_INVALID: {
    fault: 'usage',
    remedy: 'Correct the value, or remove it to get the default; `waymark config` lists them.',
  },
  ENTRY_MALFORMED: {
    fault: 'permanent',
    remedy: 'See `waymark docs events` for the fields an event needs.',
  },
  ENTRY_RAW_SQL: {
    fault: 'permanent',
    remedy:
      'Send an event instead, such as {"event_type":"checkpoint.created","payload":{…}}; see `waymark docs events`.',
  },
  ENTRY_TOO_LARGE: {
    fault: 'permanent',
    remedy: 'Put large content into a file and send its path.',
  },
  ENTRY_UNREADABLE: {
    fault: 'permanent',
    remedy: 'Write plain JSON files only, by rename into pending/.',
  },
  EVENT_INVALID: {
    fault: 'permanent',
    remedy:
      'See `waymark docs events` for the fields an event needs, `waymark docs event-types` for its payload.',
  },
  EVENT_LOOP: {
    fault: 'permanent',
    remedy:
      'Find the handler that reacts to its own events, and exclude those by its filter; `waymark docs events` says how depth is counted.',
  },
  FILE_UNWRITABLE: { fault: 'usage', remedy: 'Choose another file.' },
  FLEET_NOT_READY: {
    fault: 'usage',
    remedy:
      'Run `waymark fleet set-up URL` as the owner of the tables; the first time, as a role that may create schemas.',
  },
  FLEET_UNREACHABLE: {
    fault: 'transient',
    remedy: 'Nothing is lost: what was not sent is kept. `waymark fleet status` shows how much.',
  },
  HANDLER_REFUSED: {
    fault: 'usage',
    remedy:
      'Fix what the message names; `waymark handlers list` shows every handler and its state.',
  },
  HANDLING_FAILED: {
    fault: 'transient',
    remedy: 'Run `waymark dead show ID` for the history; `waymark dead retry ID` tries again.',
  },
  HOOK_INPUT_INVALID: {
    fault: 'usage',
    remedy: 'Hooks expect the JSON object that Claude Code sends; run `waymark doctor`.',
  },
  HOOK_FAILED: {
    fault: 'transient',
    remedy: 'Claude Code was not interrupted; run `waymark doctor`.',
  },
  HOME_UNUSABLE: {
    fault: 'transient',
    remedy:
      'Become the owner of the state folder (mode 0700), or set WAYMARK_HOME to another absolute path.',
  },
  INSTALL_FAILED: {
    fault: 'usage',
    remedy: 'Nothing was changed; fix the cause and run `waymark install` again.',
  },
  INSTALL_CANCELLED: { fault: 'usage', remedy: 'Nothing was changed.' },
  KNOWLEDGE_INVALID: {
    fault: 'usage',
    remedy: 'Import what `waymark failures export` wrote; `waymark docs failures` shows the form.',
  },
  KNOWLEDGE_TOO_NEW: {
    fault: 'usage',
    remedy: 'Upgrade waymark: a later version exported this knowledge.',
  },
  LEADER_PRESENT: {
    fault: 'usage',
    remedy: 'Use `waymark worker --shared` to join it, or `waymark worker stop` first.',
  },
  NOT_FOUND: {
    fault: 'usage',
    remedy: 'Check the name; the matching `list` command shows what there is.',
  },
  SESSION_NOT_OPENED: {
    fault: 'usage',
    remedy: 'Restore it for Claude Code: `waymark sessions restore ID`.',
  },
  QUEUE_FULL: {
    fault: 'transient',
    remedy: 'Start a worker (`waymark worker --detach`) or raise WAYMARK_QUEUE_CAP.',
  },
  QUEUE_WRITE_FAILED: {
    fault: 'transient',
    remedy: 'Check free space and permissions of the state folder; `waymark doctor` names them.',
  },
  PACK_INVALID: {
    fault: 'usage',
    remedy: 'Pack the session again with `waymark sessions pack`; nothing was written.',
  },
  RESTORE_FAILED: {
    fault: 'transient',
    remedy: 'Fix the cause and run it again: it continues where it stopped.',
  },
  SETTINGS_INVALID: {
    fault: 'usage',
    remedy: 'Fix the file at that line; it was not changed.',
  },
  SETTINGS_UNWRITABLE: {
    fault: 'usage',
    remedy: 'Check who owns the file and its folder; it was not changed.',
  },
  SNAPSHOT_BUSY: {
    fault: 'transient',
    remedy: 'Another process takes a snapshot of this folder; wait until it is done.',
  },
  SNAPSHOT_FAILED: {
    fault: 'transient',
    remedy: 'Fix the cause; the next snapshot contains what this one left out.',
  },
  SNAPSHOT_REFUSED: {
    fault: 'usage',
    remedy: 'See `waymark docs code-snapshots`: it says which folders are saved.',
  },
  STORE_CORRUPT: {
    fault: 'transient',
    remedy: 'Move waymark.db aside or restore a copy; the queue keeps everything until then.',
  },
  STORE_DRIVER_MISSING: {
    fault: 'usage',
    remedy: 'Use Node 22.13 or later, or run `npm install` again, which installs libsql.',
  },
  STORE_TOO_NEW: {
    fault: 'usage',
    remedy: 'Upgrade waymark: this store was written by a later version.',
  },
  STORE_UNAVAILABLE: {
    fault: 'transient',
    remedy: 'The queue keeps everything; the worker continues when the store is available again.',
  },
  SUMMARY_FAILED: {
    fault: 'usage',
    remedy: 'Try `claude -p hello`, or leave out --ai.',
  },
  USAGE: { fault: 'usage', remedy: 'See `waymark --help`.' },
  WEBHOOK_INVALID: {
    fault: 'usage',
    remedy: 'See `waymark webhooks add --help` and `waymark docs webhooks`.',
  },
  WORKER_ABSENT: {
    fault: 'transient',
    remedy: 'Run `waymark worker --detach`; `waymark doctor` says why it did not start.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/**
 * An expected error. `message` names the object and the cause, `remedy` says what to do. Tests
 * assert `code`, never the text.
 */
export class WaymarkError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string;

  /** @param problem One line of the form "Cannot VERB OBJECT: reason". */
  constructor(
    code: ErrorCode,
    problem: string,
    options: { readonly cause?: unknown; readonly remedy?: string } = {},
  ) {
    super(problem, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'WaymarkError';
    this.code = code;
    this.remedy = options.remedy ?? ERRORS[code].remedy;
  }
}

/** Returns the reason in any thrown value, as one line. */
export function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.replace(/\s+/g, ' ').trim();
}

/**
 * Returns the `errno` name (`ENOENT`, `ENOSPC`, …) of a failed system call, or `''` for anything
 * else.
 */
export function errnoOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return '';
  return typeof thrown.code === 'string' ? thrown.code : '';
}
