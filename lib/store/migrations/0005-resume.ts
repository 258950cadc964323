/** What "where you were" needs: the client process of a session, its list of todos, and what became of its tasks. Times are milliseconds since the epoch. */
export const RESUME = `
ALTER TABLE sessions ADD COLUMN client_pid INTEGER;
ALTER TABLE sessions ADD COLUMN client_started TEXT;
ALTER TABLE sessions ADD COLUMN client_at INTEGER;
CREATE INDEX sessions_by_project ON sessions (project, last_event_at);

-- The latest list of a session: JSON, [{ "text", "status" }].
CREATE TABLE todo_lists (session_id TEXT PRIMARY KEY, at INTEGER NOT NULL, items TEXT NOT NULL) WITHOUT ROWID;

-- The latest status that a task was given: pending, in_progress, completed, deleted.
CREATE TABLE task_states (
  session_id TEXT NOT NULL,
  task_id    TEXT NOT NULL,
  at         INTEGER NOT NULL,
  status     TEXT NOT NULL,
  PRIMARY KEY (session_id, task_id)
) WITHOUT ROWID;
`;
