/**
 * The outbox, how far events were written to files, and when schedules last ran. A delivery is due,
 * running, done, dead or discarded. `waits` counts attempts that needed a fact that was not known
 * yet. `due_at` is when the next attempt may begin or, after the last one, when it ended.
 * `decided_at` is the time of the latest decision of a person. `seq` is the last event of a sink.
 * `length` is the number of committed bytes of a file. Times are milliseconds since the epoch.
 */
export const DELIVERY = `
CREATE TABLE deliveries (
  event_id     TEXT NOT NULL,
  subscription TEXT NOT NULL,
  session_id   TEXT,
  state        TEXT NOT NULL DEFAULT 'due',
  attempts     INTEGER NOT NULL DEFAULT 0,
  due_at       INTEGER NOT NULL,
  claimed_by   TEXT,
  claimed_at   INTEGER,
  started_at   INTEGER,
  ended_at     INTEGER,
  last_error   TEXT,
  output       TEXT,
  decided_at   INTEGER,
  created_at   INTEGER NOT NULL,
  waits        INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (event_id, subscription)
) WITHOUT ROWID;
CREATE INDEX deliveries_by_subscription ON deliveries (subscription, state, due_at);

CREATE TABLE event_sinks (sink TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE event_files (
  path   TEXT PRIMARY KEY,
  sink   TEXT NOT NULL,
  inode  TEXT NOT NULL,
  length INTEGER NOT NULL,
  day    TEXT NOT NULL
) WITHOUT ROWID;

-- The last slot of each schedule; timing: what it was computed with.
CREATE TABLE schedules (name TEXT PRIMARY KEY, timing TEXT, slot INTEGER NOT NULL) WITHOUT ROWID;
`;
