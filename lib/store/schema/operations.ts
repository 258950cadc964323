/** Tool calls, and how far the transcripts they come from were read. Times are milliseconds since the epoch. */
export const OPERATIONS = `
-- One row per tool call, filled in any order from hook payloads and from the transcript.
CREATE TABLE operations (
  tool_use_id        TEXT PRIMARY KEY,
  session_id         TEXT NOT NULL,
  agent_id           TEXT,
  tool               TEXT,
  target             TEXT,
  at                 INTEGER,
  ended_at           INTEGER,
  hook_outcome       TEXT,
  transcript_outcome TEXT,
  error              TEXT
) WITHOUT ROWID;
CREATE INDEX operations_by_session ON operations (session_id, at);

-- What became of each call: the hook saw it run; the transcript alone knows the calls that were rejected before running.
-- Every failure has its hook event, so an error that the transcript cannot place and no hook saw was a rejection.
CREATE VIEW operation_outcomes AS
  SELECT tool_use_id, session_id, agent_id, tool, target, coalesce(at, ended_at) AS at, ended_at, error,
         CASE coalesce(hook_outcome, transcript_outcome, 'running')
           WHEN 'unclear' THEN 'rejected'
           ELSE coalesce(hook_outcome, transcript_outcome, 'running')
         END AS outcome
  FROM operations;

-- How far each transcript file was read: inode, byte offset, hash of the bytes before it, and the session start that the reading assumed.
-- left_out: facts older than that start; pending: those of their calls that had no result yet, as JSON; skipped: lines too long to keep.
CREATE TABLE transcripts (
  path       TEXT PRIMARY KEY,
  session_id TEXT NOT NULL,
  agent_id   TEXT,
  inode      TEXT NOT NULL,
  offset     INTEGER NOT NULL,
  tail_hash  TEXT NOT NULL,
  read_floor INTEGER NOT NULL,
  left_out   INTEGER NOT NULL DEFAULT 0,
  pending    TEXT,
  skipped    INTEGER NOT NULL DEFAULT 0,
  read_at    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX transcripts_by_session ON transcripts (session_id);

-- What only the transcript shows of a call, longer than the head that is kept of it. about: 'input' or 'result'; note: JSON, never the text itself.
CREATE TABLE call_notes (
  tool_use_id TEXT NOT NULL,
  about       TEXT NOT NULL,
  session_id  TEXT NOT NULL,
  note        TEXT NOT NULL,
  PRIMARY KEY (tool_use_id, about)
) WITHOUT ROWID;
CREATE INDEX call_notes_by_session ON call_notes (session_id);

CREATE TRIGGER note_is_new AFTER INSERT ON call_notes BEGIN
  INSERT OR REPLACE INTO unjudged (tool_use_id, session_id) SELECT tool_use_id, session_id FROM operations WHERE tool_use_id = NEW.tool_use_id;
END;

-- Calls that changed since they were looked at.
CREATE TABLE unjudged (tool_use_id TEXT PRIMARY KEY, session_id TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX unjudged_by_session ON unjudged (session_id);

CREATE TRIGGER call_is_new AFTER INSERT ON operations WHEN NEW.tool = 'Bash' OR instr(NEW.target, '[redacted') > 0 BEGIN
  INSERT OR REPLACE INTO unjudged (tool_use_id, session_id) VALUES (NEW.tool_use_id, NEW.session_id);
END;

-- Length in characters of the large results that the main chain was given.
CREATE TABLE result_sizes (
  tool_use_id TEXT PRIMARY KEY,
  session_id  TEXT NOT NULL,
  at          INTEGER NOT NULL,
  size        INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX result_sizes_by_session ON result_sizes (session_id, at);
`;
