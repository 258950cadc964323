/**
 * Snapshots of files in work trees. Their content is in git directories of our own. Times are
 * milliseconds since the epoch.
 */
export const SNAPSHOTS = `
-- cause: prompt, checkpoint, risky-command, session-end, manual, before-restore. event_id: the event that caused it. previous: the previous snapshot of this work
-- tree; added, changed, removed (paths) and bytes are relative to it. left_out: paths that it does not contain; special: devices, sockets, pipes.
CREATE TABLE snapshots (
  id          TEXT PRIMARY KEY,
  session_id  TEXT,
  prompt_id   TEXT,
  tool_use_id TEXT,
  event_id    TEXT,
  cause       TEXT NOT NULL,
  at          INTEGER NOT NULL,
  work_tree   TEXT NOT NULL,
  commit_id   TEXT NOT NULL,
  previous    TEXT,
  added       INTEGER NOT NULL,
  changed     INTEGER NOT NULL,
  removed     INTEGER NOT NULL,
  files       INTEGER NOT NULL,
  bytes       INTEGER NOT NULL,
  left_out    INTEGER NOT NULL,
  special     INTEGER NOT NULL,
  under_way   TEXT,
  note        TEXT
) WITHOUT ROWID;
CREATE INDEX snapshots_by_session ON snapshots (session_id, at);
CREATE INDEX snapshots_by_tree ON snapshots (work_tree, at);
`;
