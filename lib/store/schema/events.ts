/**
 * Events, ids that will never be stored, and requests to derive something again. `version` in
 * refreshes counts requests, so that a request that arrives during the work is not lost. Times are
 * milliseconds since the epoch.
 */
export const EVENTS = `
-- cause: id of the event whose handler made this one. copy_of: id of the original, if this event is a replay.
CREATE TABLE events (
  seq            INTEGER PRIMARY KEY AUTOINCREMENT,
  id             TEXT NOT NULL UNIQUE,
  type           TEXT NOT NULL,
  at             INTEGER NOT NULL,
  source         TEXT NOT NULL,
  session_id     TEXT,
  correlation_id TEXT,
  envelope       TEXT NOT NULL,
  stored_at      INTEGER NOT NULL,
  cause          TEXT,
  copy_of        TEXT
);
CREATE INDEX events_by_session ON events (session_id, at);
CREATE INDEX events_by_type ON events (type, at);
CREATE INDEX events_by_cause ON events (cause) WHERE cause IS NOT NULL;
CREATE INDEX events_by_copy ON events (copy_of) WHERE copy_of IS NOT NULL;

-- Ids that will never be in events, or no longer are: discarded, refused, abandoned, expired.
CREATE TABLE tombstones (id TEXT PRIMARY KEY, fate TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;

-- Sessions that waymark forget deleted, by a hash of their id: their data must never be stored again. Rows are never deleted.
CREATE TABLE forgotten (hash TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE refreshes (
  kind    TEXT NOT NULL,
  key     TEXT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (kind, key)
) WITHOUT ROWID;

CREATE TABLE metrics (at INTEGER NOT NULL, worker TEXT NOT NULL, name TEXT NOT NULL, value REAL NOT NULL, PRIMARY KEY (at, worker, name)) WITHOUT ROWID;
`;
