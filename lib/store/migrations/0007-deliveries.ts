/**
 * The outbox: one row for each event and each subscription that gets it, written in the event's transaction. Times are milliseconds since the epoch.
 * `state` is due, running, done, dead or discarded. `due_at` is when the next attempt may begin; once it has ended, when it ended.
 * `decided_at` is the time of the latest decision of a person about it: the greater one wins. `output` is a short head of what the handler said.
 */
export const DELIVERIES = `
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
  PRIMARY KEY (event_id, subscription)
) WITHOUT ROWID;
CREATE INDEX deliveries_by_subscription ON deliveries (subscription, state, due_at);
`;
