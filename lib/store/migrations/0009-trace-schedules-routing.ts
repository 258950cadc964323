/** What caused an event, when schedules came last, and how agents fared. Times are milliseconds since the epoch. */
export const TRACE_SCHEDULES_ROUTING = `
-- Id of the event whose handler made this one.
ALTER TABLE events ADD COLUMN cause TEXT;
CREATE INDEX events_by_cause ON events (cause) WHERE cause IS NOT NULL;

-- The last slot of each schedule; timing: what it was computed with.
CREATE TABLE schedules (name TEXT PRIMARY KEY, timing TEXT NOT NULL, slot INTEGER NOT NULL) WITHOUT ROWID;

-- answer_*: of the agent's latest answer in its own transcript. The rest is what the client reported of it last.
ALTER TABLE agents ADD COLUMN answer_at INTEGER;
ALTER TABLE agents ADD COLUMN answer_model TEXT;
ALTER TABLE agents ADD COLUMN answer_tokens INTEGER;
ALTER TABLE agents ADD COLUMN reported_at INTEGER;
ALTER TABLE agents ADD COLUMN reported_tokens INTEGER;
ALTER TABLE agents ADD COLUMN reported_ms INTEGER;
ALTER TABLE agents ADD COLUMN reported_status TEXT;
ALTER TABLE agents ADD COLUMN tool_uses INTEGER;

-- One row per call of an agent: the task that it was given, and how it ended. Derived; made again whenever something of its session changes.
CREATE TABLE agent_runs (
  tool_use_id TEXT PRIMARY KEY,
  session_id  TEXT NOT NULL,
  agent_id    TEXT,
  agent_type  TEXT NOT NULL,
  model       TEXT NOT NULL,
  kind        TEXT NOT NULL,
  at          INTEGER NOT NULL,
  ended_at    INTEGER,
  outcome     TEXT NOT NULL,
  tokens      INTEGER,
  duration_ms INTEGER,
  tool_uses   INTEGER
) WITHOUT ROWID;
CREATE INDEX agent_runs_by_session ON agent_runs (session_id);
CREATE INDEX agent_runs_by_time ON agent_runs (at);

-- What was advised last for each kind of task; no agent_type: nothing.
CREATE TABLE routing_advice (
  kind       TEXT PRIMARY KEY,
  agent_type TEXT,
  model      TEXT,
  at         INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX routings_by_session ON routings (session_id);
INSERT INTO refreshes (kind, key) SELECT DISTINCT 'routing', session_id FROM routings WHERE true ON CONFLICT DO NOTHING;
`;
