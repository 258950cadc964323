/** Sessions and what is stored about them. Times are milliseconds since the epoch. */
export const SESSIONS = `
-- client: the program of the session. project, worktree and repository are one tuple; identity_whole: an event had all three, nulls
-- included. config_folder: where the client keeps its settings and transcripts. client_pid: the process of the client, to see it die.
-- checkpoint_*: of the latest checkpoint; last_auto_at: of the latest automatic one; operation_count: highest count from a hook.
-- imported: 'transcript', or 'prompts' if only these were left; NULL: known from hooks only.
-- *_title: from a person, the model or an older client; *_at: position in its transcript, so that the last one counts.
-- Every event of a session sets first_event_at and last_event_at; rows from other sources may lack them.
CREATE TABLE sessions (
  id               TEXT PRIMARY KEY,
  client           TEXT NOT NULL DEFAULT 'claude-code',
  config_folder    TEXT,
  config_folder_at INTEGER,
  project          TEXT,
  worktree         TEXT,
  repository       TEXT,
  identity_at      INTEGER,
  identity_whole   INTEGER NOT NULL DEFAULT 0,
  transcript_path  TEXT,
  transcript_at    INTEGER,
  model            TEXT,
  model_at         INTEGER,
  started_at       INTEGER,
  last_started_at  INTEGER,
  ended_at         INTEGER,
  end_reason       TEXT,
  first_event_at   INTEGER,
  last_event_at    INTEGER,
  operation_count  INTEGER NOT NULL DEFAULT 0,
  last_auto_at     INTEGER,
  checkpoint_at    INTEGER,
  checkpoint_id    TEXT,
  checkpoint_by    TEXT,
  checkpoint_kind  TEXT,
  transcript_state TEXT NOT NULL DEFAULT 'unread',
  transcript_read_at INTEGER,
  client_pid       INTEGER,
  client_started   TEXT,
  client_at        INTEGER,
  imported         TEXT,
  custom_title_at  INTEGER,
  custom_title     TEXT,
  ai_title_at      INTEGER,
  ai_title         TEXT,
  summary_title_at INTEGER,
  summary_title    TEXT,
  title TEXT GENERATED ALWAYS AS (coalesce(custom_title, ai_title, summary_title)) VIRTUAL
) WITHOUT ROWID;
CREATE INDEX sessions_by_last_event ON sessions (last_event_at);
CREATE INDEX sessions_by_project ON sessions (project, last_event_at);

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

CREATE TABLE session_log (
  id         TEXT PRIMARY KEY,
  session_id TEXT NOT NULL,
  at         INTEGER NOT NULL,
  kind       TEXT NOT NULL,
  detail     TEXT
) WITHOUT ROWID;
CREATE INDEX session_log_by_session ON session_log (session_id, at);

-- The prompts that a person typed: one row each.
CREATE TABLE prompts (session_id TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (session_id, id)) WITHOUT ROWID;

-- What a person typed ('prompt') and what the model said ('answer'), from transcripts. agent_id: NULL on the main chain. text: the head, redacted; length: of the whole.
CREATE TABLE messages (
  session_id TEXT NOT NULL,
  id         TEXT NOT NULL,
  role       TEXT NOT NULL,
  at         INTEGER NOT NULL,
  agent_id   TEXT,
  text       TEXT NOT NULL,
  length     INTEGER NOT NULL,
  PRIMARY KEY (session_id, id)
) WITHOUT ROWID;
CREATE INDEX messages_by_time ON messages (session_id, at);

-- Tags that a person gave to sessions.
CREATE TABLE session_tags (session_id TEXT NOT NULL, tag TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (session_id, tag)) WITHOUT ROWID;
CREATE INDEX session_tags_by_tag ON session_tags (tag);

-- The latest todo list of a session: JSON, [{ "text", "status" }].
CREATE TABLE todo_lists (session_id TEXT PRIMARY KEY, at INTEGER NOT NULL, items TEXT NOT NULL) WITHOUT ROWID;

-- The latest status of each task: pending, in_progress, completed, deleted.
CREATE TABLE task_states (
  session_id TEXT NOT NULL,
  task_id    TEXT NOT NULL,
  at         INTEGER NOT NULL,
  status     TEXT NOT NULL,
  PRIMARY KEY (session_id, task_id)
) WITHOUT ROWID;

CREATE TABLE tasks (
  session_id   TEXT NOT NULL,
  task_id      TEXT NOT NULL,
  subject      TEXT,
  created_at   INTEGER,
  completed_at INTEGER,
  PRIMARY KEY (session_id, task_id)
) WITHOUT ROWID;
`;
