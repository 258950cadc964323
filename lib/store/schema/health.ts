/** Health scores of sessions. Times are milliseconds since the epoch. */
export const HEALTH = `
-- At most one row a minute while a session is working. reasons: JSON, points deducted per reason.
CREATE TABLE session_health (
  session_id TEXT NOT NULL,
  at         INTEGER NOT NULL,
  score      INTEGER NOT NULL,
  reasons    TEXT NOT NULL,
  PRIMARY KEY (session_id, at)
) WITHOUT ROWID;
CREATE INDEX session_health_by_time ON session_health (at);
`;
