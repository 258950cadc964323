/** What the model's answers cost. Times are milliseconds since the epoch. */
export const USAGE = `
-- One row per answer, however often its lines were copied. claimed_since: since when its session is known; agent_id: NULL on
-- the main chain. tier, speed, geo: as the API reports them, else NULL. Figures in tokens; web_searches: count. Kept after transcripts and sessions are deleted.
CREATE TABLE usage (
  message_id     TEXT NOT NULL,
  request_id     TEXT NOT NULL,
  claimed_since  INTEGER,
  session_id     TEXT,
  agent_id       TEXT,
  at             INTEGER,
  model          TEXT,
  tier           TEXT,
  speed          TEXT,
  geo            TEXT,
  input          INTEGER NOT NULL DEFAULT 0,
  output         INTEGER NOT NULL DEFAULT 0,
  cache_read     INTEGER NOT NULL DEFAULT 0,
  cache_write_5m INTEGER NOT NULL DEFAULT 0,
  cache_write_1h INTEGER NOT NULL DEFAULT 0,
  web_searches   INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (message_id, request_id)
) WITHOUT ROWID;
CREATE INDEX usage_by_time ON usage (at);
CREATE INDEX usage_by_session ON usage (session_id, at);

-- The client's own statistics per day. model: '' for the counts of all models. Covers days whose transcripts were deleted.
CREATE TABLE client_days (
  config_folder TEXT NOT NULL,
  day           TEXT NOT NULL,
  model         TEXT NOT NULL,
  tokens        INTEGER,
  messages      INTEGER,
  sessions      INTEGER,
  calls         INTEGER,
  PRIMARY KEY (config_folder, day, model)
) WITHOUT ROWID;

-- Used part of each subscription window in percent, as the client last reported it.
CREATE TABLE account_limits (
  config_folder TEXT NOT NULL,
  name          TEXT NOT NULL,
  at            INTEGER NOT NULL,
  used          REAL NOT NULL,
  resets_at     INTEGER NOT NULL,
  PRIMARY KEY (config_folder, name)
) WITHOUT ROWID;
`;
