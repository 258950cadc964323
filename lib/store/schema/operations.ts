/**
 * Tool calls, and how far transcripts and logs were read. Times are milliseconds since the epoch.
 */
export const OPERATIONS = `
-- One row per tool call. hook_*: from a hook. claimed_*: the session whose transcript contains it, and since when that session is known.
-- at, call_*: from the line with the call. transcript_*: from the line with the result. The rest is derived when it is read: a hook knows
-- the session of the call, so it takes precedence over a transcript, but the transcript has the exact time of the call.
CREATE TABLE operations (
  tool_use_id        TEXT PRIMARY KEY,
  hook_at            INTEGER,
  hook_session       TEXT,
  hook_agent         TEXT,
  hook_tool          TEXT,
  hook_target        TEXT,
  hook_outcome       TEXT,
  hook_error         TEXT,
  claimed_since      INTEGER,
  claimed_session    TEXT,
  claimed_agent      TEXT,
  at                 INTEGER,
  call_tool          TEXT,
  call_target        TEXT,
  transcript_at      INTEGER,
  transcript_outcome TEXT,
  transcript_error   TEXT,
  session_id TEXT GENERATED ALWAYS AS (coalesce(hook_session, claimed_session)) VIRTUAL,
  agent_id   TEXT GENERATED ALWAYS AS (CASE WHEN hook_session IS NULL THEN claimed_agent ELSE hook_agent END) VIRTUAL,
  tool       TEXT GENERATED ALWAYS AS (coalesce(hook_tool, call_tool)) VIRTUAL,
  target     TEXT GENERATED ALWAYS AS (coalesce(hook_target, call_target)) VIRTUAL,
  ended_at   INTEGER GENERATED ALWAYS AS (coalesce(transcript_at, hook_at)) VIRTUAL,
  error      TEXT GENERATED ALWAYS AS (coalesce(hook_error, transcript_error)) VIRTUAL
) WITHOUT ROWID;
CREATE INDEX operations_by_session ON operations (session_id, at);

-- Outcome of each call. Hooks see calls that run; only the transcript has calls that were rejected before they ran.
-- Every failure has a hook event, so an unclassified error in the transcript without a hook event was a rejection.
CREATE VIEW operation_outcomes AS
  SELECT tool_use_id, session_id, agent_id, tool, target, coalesce(at, ended_at) AS at, ended_at, error,
         CASE coalesce(hook_outcome, transcript_outcome, 'running')
           WHEN 'unclear' THEN 'rejected'
           ELSE coalesce(hook_outcome, transcript_outcome, 'running')
         END AS outcome
  FROM operations;

-- Read position in each growing file. reader: 'transcript' or 'log'. tail_hash: of the bytes before the offset. skipped: number of lines
-- too long to store. state: other state of the reader, as JSON.
CREATE TABLE cursors (
  reader     TEXT NOT NULL,
  path       TEXT NOT NULL,
  session_id TEXT,
  inode      TEXT NOT NULL,
  offset     INTEGER NOT NULL,
  tail_hash  TEXT NOT NULL,
  skipped    INTEGER NOT NULL,
  state      TEXT NOT NULL,
  read_at    INTEGER NOT NULL,
  PRIMARY KEY (reader, path)
) WITHOUT ROWID;
CREATE INDEX cursors_by_session ON cursors (session_id) WHERE session_id IS NOT NULL;

-- Facts about inputs and results that are longer than the stored head. about: 'input' or 'result'; note: JSON, never the text itself.
CREATE TABLE call_notes (
  tool_use_id TEXT NOT NULL,
  about       TEXT NOT NULL,
  session_id  TEXT NOT NULL,
  note        TEXT NOT NULL,
  PRIMARY KEY (tool_use_id, about)
) WITHOUT ROWID;
CREATE INDEX call_notes_by_session ON call_notes (session_id);

CREATE TRIGGER note_is_new AFTER INSERT ON call_notes BEGIN
  INSERT INTO unjudged (tool_use_id, session_id) SELECT tool_use_id, session_id FROM operations WHERE tool_use_id = NEW.tool_use_id
    ON CONFLICT (tool_use_id) DO UPDATE SET session_id = excluded.session_id;
END;
CREATE TRIGGER note_has_changed AFTER UPDATE ON call_notes WHEN NEW.note IS NOT OLD.note BEGIN
  INSERT INTO unjudged (tool_use_id, session_id) SELECT tool_use_id, session_id FROM operations WHERE tool_use_id = NEW.tool_use_id
    ON CONFLICT (tool_use_id) DO UPDATE SET session_id = excluded.session_id;
END;

-- Calls that changed since they were last checked.
CREATE TABLE unjudged (tool_use_id TEXT PRIMARY KEY, session_id TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX unjudged_by_session ON unjudged (session_id);

CREATE TRIGGER call_is_new AFTER INSERT ON operations WHEN NEW.tool = 'Bash' OR instr(NEW.target, '[redacted') > 0 BEGIN
  INSERT INTO unjudged (tool_use_id, session_id) VALUES (NEW.tool_use_id, NEW.session_id)
    ON CONFLICT (tool_use_id) DO UPDATE SET session_id = excluded.session_id;
END;
CREATE TRIGGER call_has_changed AFTER UPDATE ON operations WHEN (NEW.tool = 'Bash' OR instr(NEW.target, '[redacted') > 0)
  AND (NEW.session_id, NEW.agent_id, NEW.tool, NEW.target, NEW.at, NEW.ended_at, NEW.hook_outcome, NEW.transcript_outcome, NEW.error)
    IS NOT (OLD.session_id, OLD.agent_id, OLD.tool, OLD.target, OLD.at, OLD.ended_at, OLD.hook_outcome, OLD.transcript_outcome, OLD.error) BEGIN
  INSERT INTO unjudged (tool_use_id, session_id) VALUES (NEW.tool_use_id, NEW.session_id)
    ON CONFLICT (tool_use_id) DO UPDATE SET session_id = excluded.session_id;
END;

-- Length in characters of large results in the main chain.
CREATE TABLE result_sizes (
  tool_use_id TEXT PRIMARY KEY,
  session_id  TEXT NOT NULL,
  at          INTEGER NOT NULL,
  size        INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX result_sizes_by_session ON result_sizes (session_id, at);
`;
