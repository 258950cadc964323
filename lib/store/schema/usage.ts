/** What the model's answers cost. Times are milliseconds since the epoch. */
export const USAGE = `
-- One row per answer, whatever copies of its lines there are. claimed_since: since when the session is known that has it; agent_id: NULL on
-- the main chain. tier, speed, geo: as the API names them, where it does. Figures in tokens; web_searches counts. Outlives transcripts and sessions.
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

-- What the client's own statistics say of a day; model: '' for the counts of all of them. It tells of days whose transcripts have gone.
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

-- How much of each subscription window was used, in percent, when the client last told of it.
CREATE TABLE account_limits (
  config_folder TEXT NOT NULL,
  name          TEXT NOT NULL,
  at            INTEGER NOT NULL,
  used          REAL NOT NULL,
  resets_at     INTEGER NOT NULL,
  PRIMARY KEY (config_folder, name)
) WITHOUT ROWID;
`;
