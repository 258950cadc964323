/** Agents, their tasks, and how these ended. Times are milliseconds since the epoch. */
export const AGENTS = `
-- answer_*: from the agent's latest answer in its own transcript. reported_*: the client's latest report about it. stale_at: when an agent
-- without an end was marked as stale.
CREATE TABLE agents (
  session_id  TEXT NOT NULL,
  agent_id    TEXT NOT NULL,
  type        TEXT,
  tool_use_id TEXT,
  started_at  INTEGER,
  stopped_at  INTEGER,
  answer_at       INTEGER,
  answer_model    TEXT,
  answer_tokens   INTEGER,
  reported_at     INTEGER,
  reported_tokens INTEGER,
  reported_ms     INTEGER,
  reported_status TEXT,
  tool_uses       INTEGER,
  stale_at        INTEGER,
  PRIMARY KEY (session_id, agent_id)
) WITHOUT ROWID;

CREATE TABLE routings (
  id          TEXT PRIMARY KEY,
  session_id  TEXT NOT NULL,
  tool_use_id TEXT,
  agent_type  TEXT,
  model       TEXT,
  description TEXT,
  at          INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX routings_by_session ON routings (session_id);

-- One row per call of an agent: its task and its outcome. Derived; rebuilt whenever something in its session changes.
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

-- The latest advice for each kind of task. agent_type NULL: no advice.
CREATE TABLE routing_advice (
  kind       TEXT PRIMARY KEY,
  agent_type TEXT,
  model      TEXT,
  at         INTEGER NOT NULL
) WITHOUT ROWID;
`;
