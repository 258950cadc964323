/**
 * How full contexts are, and file activity in the folders of active sessions. Times are
 * milliseconds since the epoch.
 */
export const CONTEXT = `
-- Context size of each answer of the main chain. tokens: NULL after a compaction that did not report the remaining size.
-- placed_at: the time of the line; if the clock was set back, just after the time of the previous line.
CREATE TABLE context_samples (
  session_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  placed_at  INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  model      TEXT,
  tokens     INTEGER,
  PRIMARY KEY (session_id, message_id)
) WITHOUT ROWID;
CREATE INDEX context_samples_by_place ON context_samples (session_id, placed_at);
CREATE INDEX context_samples_by_size ON context_samples (session_id, tokens);

-- The context window from the client's status line for a session, and the model it applies to.
CREATE TABLE context_windows (
  session_id TEXT PRIMARY KEY,
  model      TEXT NOT NULL,
  window     INTEGER NOT NULL,
  at         INTEGER NOT NULL
) WITHOUT ROWID;

-- Thresholds that were crossed. epoch: number of compactions of the session before that.
CREATE TABLE context_crossings (
  session_id TEXT NOT NULL,
  epoch      INTEGER NOT NULL,
  threshold  REAL NOT NULL,
  at         INTEGER NOT NULL,
  PRIMARY KEY (session_id, epoch, threshold)
) WITHOUT ROWID;

-- File changes per folder, minute and kind (created, modified, deleted, moved).
CREATE TABLE file_activity (
  project TEXT NOT NULL,
  at      INTEGER NOT NULL,
  kind    TEXT NOT NULL,
  count   INTEGER NOT NULL,
  PRIMARY KEY (project, at, kind)
) WITHOUT ROWID;

-- Folders that are watched now: number of folders in the tree, whether some were left out, and why.
CREATE TABLE watched_projects (
  project TEXT PRIMARY KEY,
  folders INTEGER NOT NULL,
  is_cut  INTEGER NOT NULL,
  trouble TEXT,
  at      INTEGER NOT NULL
) WITHOUT ROWID;
`;
