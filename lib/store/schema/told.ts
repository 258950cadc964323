/** What Claude was told. Times are milliseconds since the epoch. */
export const TOLD = `
-- Messages of hooks to Claude, and what happened afterwards. kind: failure, context, resume; about: the pattern, the threshold or the text;
-- outcome: heeded, failed_again, went_well, unknown; NULL while it is open.
CREATE TABLE told (
  id          TEXT PRIMARY KEY,
  session_id  TEXT NOT NULL,
  agent_id    TEXT,
  kind        TEXT NOT NULL,
  about       TEXT NOT NULL,
  tool_use_id TEXT,
  detail      TEXT NOT NULL,
  at          INTEGER NOT NULL,
  outcome     TEXT,
  decided_at  INTEGER
) WITHOUT ROWID;
CREATE INDEX told_by_session ON told (session_id, at);
CREATE INDEX told_by_subject ON told (kind, about);
`;
