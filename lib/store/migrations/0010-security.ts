/** Calls that are looked at for what somebody may want to know: risky commands, secrets, scanners. Times are milliseconds since the epoch. */
export const SECURITY = `
-- Calls that changed since they were looked at.
CREATE TABLE unjudged (tool_use_id TEXT PRIMARY KEY, session_id TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX unjudged_by_session ON unjudged (session_id);
CREATE TRIGGER call_is_new AFTER INSERT ON operations WHEN NEW.tool = 'Bash' OR instr(NEW.target, '[redacted') > 0 BEGIN
  INSERT OR REPLACE INTO unjudged (tool_use_id, session_id) VALUES (NEW.tool_use_id, NEW.session_id);
END;

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

-- When an agent that never ended was given up.
ALTER TABLE agents ADD COLUMN stale_at INTEGER;
`;
