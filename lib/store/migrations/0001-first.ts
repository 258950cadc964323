/** Events, and what is derived from them. Times are milliseconds since the epoch. */
export const FIRST = `
CREATE TABLE events (
  seq            INTEGER PRIMARY KEY AUTOINCREMENT,
  id             TEXT NOT NULL UNIQUE,
  type           TEXT NOT NULL,
  at             INTEGER NOT NULL,
  source         TEXT NOT NULL,
  session_id     TEXT,
  correlation_id TEXT,
  envelope       TEXT NOT NULL,
  stored_at      INTEGER NOT NULL
);
CREATE INDEX events_by_session ON events (session_id, at);
CREATE INDEX events_by_type ON events (type, at);

-- Ids that will never be in events, or no longer are: discarded, refused, abandoned, expired.
CREATE TABLE tombstones (id TEXT PRIMARY KEY, fate TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE sessions (
  id               TEXT PRIMARY KEY,
  project          TEXT,
  worktree         TEXT,
  repository       TEXT,
  transcript_path  TEXT,
  identity_at      INTEGER,
  model            TEXT,
  model_at         INTEGER,
  started_at       INTEGER,
  last_started_at  INTEGER,
  ended_at         INTEGER,
  end_reason       TEXT,
  first_event_at   INTEGER NOT NULL,
  last_event_at    INTEGER NOT NULL,
  prompt_count     INTEGER NOT NULL DEFAULT 0,
  operation_count  INTEGER NOT NULL DEFAULT 0,
  checkpoint_data  TEXT,
  last_checkpoint  TEXT,
  last_auto_at     INTEGER,
  transcript_state TEXT NOT NULL DEFAULT 'unread',
  transcript_read_at INTEGER
) WITHOUT ROWID;

CREATE TABLE checkpoints (
  id              TEXT PRIMARY KEY,
  session_id      TEXT NOT NULL,
  agent_id        TEXT,
  kind            TEXT NOT NULL,
  at              INTEGER NOT NULL,
  saved_by        TEXT NOT NULL,
  operation_count INTEGER NOT NULL,
  tool            TEXT,
  target          TEXT,
  outcome         TEXT,
  tool_use_id     TEXT,
  git_head        TEXT,
  git_branch      TEXT,
  note            TEXT
) WITHOUT ROWID;
CREATE INDEX checkpoints_by_session ON checkpoints (session_id, at);

-- One row per tool call, filled in any order from hook payloads and from the transcript.
CREATE TABLE operations (
  tool_use_id        TEXT PRIMARY KEY,
  session_id         TEXT NOT NULL,
  agent_id           TEXT,
  tool               TEXT,
  target             TEXT,
  at                 INTEGER,
  ended_at           INTEGER,
  hook_outcome       TEXT,
  transcript_outcome TEXT,
  error              TEXT
) WITHOUT ROWID;
CREATE INDEX operations_by_session ON operations (session_id, at);

CREATE TABLE failures (
  id          TEXT PRIMARY KEY,
  session_id  TEXT,
  agent_id    TEXT,
  tool_use_id TEXT,
  tool        TEXT NOT NULL,
  target      TEXT,
  error       TEXT NOT NULL,
  at          INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX failures_by_session ON failures (session_id, at);

CREATE TABLE session_log (
  id         TEXT PRIMARY KEY,
  session_id TEXT NOT NULL,
  at         INTEGER NOT NULL,
  kind       TEXT NOT NULL,
  detail     TEXT
) WITHOUT ROWID;
CREATE INDEX session_log_by_session ON session_log (session_id, at);

CREATE TABLE agents (
  session_id  TEXT NOT NULL,
  agent_id    TEXT NOT NULL,
  type        TEXT,
  tool_use_id TEXT,
  started_at  INTEGER,
  stopped_at  INTEGER,
  PRIMARY KEY (session_id, agent_id)
) WITHOUT ROWID;

CREATE TABLE routings (
  id          TEXT PRIMARY KEY,
  session_id  TEXT NOT NULL,
  tool_use_id TEXT,
  agent_type  TEXT,
  model       TEXT,
  description TEXT,
  at          INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE tasks (
  session_id   TEXT NOT NULL,
  task_id      TEXT NOT NULL,
  subject      TEXT,
  created_at   INTEGER,
  completed_at INTEGER,
  PRIMARY KEY (session_id, task_id)
) WITHOUT ROWID;

-- How far each transcript file was read: inode, byte offset, hash of the bytes before it, and the session start that the reading assumed.
-- left_out: facts older than that start; pending: those of their calls that had no result yet, as JSON; skipped: lines too long to keep.
CREATE TABLE transcripts (
  path       TEXT PRIMARY KEY,
  session_id TEXT NOT NULL,
  agent_id   TEXT,
  inode      TEXT NOT NULL,
  offset     INTEGER NOT NULL,
  tail_hash  TEXT NOT NULL,
  read_floor INTEGER NOT NULL,
  left_out   INTEGER NOT NULL DEFAULT 0,
  pending    TEXT,
  skipped    INTEGER NOT NULL DEFAULT 0,
  read_at    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX transcripts_by_session ON transcripts (session_id);

-- Context size as the model saw it: one row per answer of the main chain.
CREATE TABLE context_samples (
  session_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  at         INTEGER NOT NULL,
  model      TEXT,
  tokens     INTEGER NOT NULL,
  PRIMARY KEY (session_id, message_id)
) WITHOUT ROWID;

CREATE TABLE metrics (at INTEGER NOT NULL, worker TEXT NOT NULL, name TEXT NOT NULL, value REAL NOT NULL, PRIMARY KEY (at, worker, name)) WITHOUT ROWID;

-- What became of each call: the hook saw it run; the transcript alone knows the calls that were rejected before running.
-- Every failure has its hook event, so an error that the transcript cannot place and no hook saw was a rejection.
CREATE VIEW operation_outcomes AS
  SELECT tool_use_id, session_id, agent_id, tool, target, coalesce(at, ended_at) AS at, ended_at, error,
         CASE coalesce(hook_outcome, transcript_outcome, 'running')
           WHEN 'unclear' THEN 'rejected'
           ELSE coalesce(hook_outcome, transcript_outcome, 'running')
         END AS outcome
  FROM operations;
`;
