/**
 * What was learned from failures. Counts are not stored: they are computed from `command_runs`,
 * which has one row per command of a call, so that nothing counts twice. Before rows are deleted
 * with their session, `pattern_bases` adds them up. Times are milliseconds since the epoch.
 */
export const FAILURES = `
CREATE TABLE failures (
  id          TEXT PRIMARY KEY,
  session_id  TEXT,
  agent_id    TEXT,
  tool_use_id TEXT,
  tool        TEXT NOT NULL,
  target      TEXT,
  error       TEXT NOT NULL,
  at          INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX failures_by_session ON failures (session_id, at);

-- One failure pattern of one kind of command. The texts are generalised and determine the id. kind, sessions and projects are computed
-- from the runs whenever the command's view is written.
CREATE TABLE failure_patterns (
  id          TEXT PRIMARY KEY,
  command_key TEXT NOT NULL,
  tool        TEXT NOT NULL,
  command     TEXT NOT NULL,
  error       TEXT NOT NULL,
  needle      TEXT NOT NULL,
  is_general  INTEGER NOT NULL,
  last_at     INTEGER NOT NULL,
  kind        TEXT NOT NULL DEFAULT 'other',
  sessions    INTEGER NOT NULL DEFAULT 0,
  projects    INTEGER NOT NULL DEFAULT 0,
  detected_at INTEGER,
  promoted_at INTEGER
) WITHOUT ROWID;
CREATE INDEX failure_patterns_by_key ON failure_patterns (command_key, last_at);
CREATE INDEX failure_patterns_by_time ON failure_patterns (last_at);
CREATE INDEX failure_patterns_undetected ON failure_patterns (sessions) WHERE detected_at IS NULL;
CREATE INDEX failure_patterns_local ON failure_patterns (kind, projects, sessions) WHERE promoted_at IS NULL;

-- A command of a tool call that failed, or that succeeded although a failure pattern of it is known. id: the call, else the event.
CREATE TABLE command_runs (
  id          TEXT NOT NULL,
  command_key TEXT NOT NULL,
  session_id  TEXT,
  project     TEXT,
  repository  TEXT,
  exact       TEXT NOT NULL,
  pattern_id  TEXT,
  kind        TEXT,
  command     TEXT,
  error       TEXT,
  source      TEXT NOT NULL,
  at          INTEGER NOT NULL,
  PRIMARY KEY (id, command_key, exact)
) WITHOUT ROWID;
CREATE INDEX command_runs_by_key ON command_runs (command_key, at);
CREATE INDEX command_runs_by_pattern ON command_runs (pattern_id, at) WHERE pattern_id IS NOT NULL;
CREATE INDEX command_runs_by_session ON command_runs (session_id);

-- What is known about a pattern besides its runs: 'forgotten' (runs of deleted sessions) and 'imported'. Lists are JSON.
CREATE TABLE pattern_bases (
  pattern_id   TEXT NOT NULL,
  origin       TEXT NOT NULL,
  count        INTEGER NOT NULL,
  sessions     INTEGER NOT NULL,
  first_at     INTEGER NOT NULL,
  last_at      INTEGER NOT NULL,
  last_error   TEXT NOT NULL,
  last_command TEXT NOT NULL,
  kind         TEXT NOT NULL,
  projects     TEXT NOT NULL,
  failed       TEXT NOT NULL,
  is_global    INTEGER NOT NULL DEFAULT 0,
  made_at      INTEGER NOT NULL,
  made_by      TEXT NOT NULL,
  PRIMARY KEY (pattern_id, origin)
) WITHOUT ROWID;

-- What worked after a failure. evidence: the call that failed, or 'forgotten' or 'imported' and the fix.
CREATE TABLE failure_fixes (
  pattern_id TEXT NOT NULL,
  evidence   TEXT NOT NULL,
  session_id TEXT,
  text       TEXT NOT NULL,
  is_edit    INTEGER NOT NULL,
  is_whole   INTEGER NOT NULL,
  count      INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  PRIMARY KEY (pattern_id, evidence)
) WITHOUT ROWID;
CREATE INDEX failure_fixes_by_session ON failure_fixes (session_id, evidence);

-- Patterns that a command once fixed: when the command fails, they must be checked again.
CREATE TABLE fix_commands (command_key TEXT NOT NULL, pattern_id TEXT NOT NULL, PRIMARY KEY (command_key, pattern_id)) WITHOUT ROWID;
CREATE INDEX fix_commands_by_pattern ON fix_commands (pattern_id);

-- Attempts to fix a failure of a command, successful or not.
CREATE TABLE failure_mends (
  session_id  TEXT NOT NULL,
  command_key TEXT NOT NULL,
  exact       TEXT NOT NULL,
  at          INTEGER NOT NULL,
  PRIMARY KEY (session_id, command_key, exact, at)
) WITHOUT ROWID;
CREATE INDEX failure_mends_by_key ON failure_mends (command_key, at);

-- What the user decided. The latest decision counts.
CREATE TABLE pattern_choices (
  pattern_id    TEXT PRIMARY KEY,
  action        TEXT,
  action_fix    TEXT,
  action_at     INTEGER,
  action_by     TEXT,
  confirmed_fix TEXT,
  confirmed_at  INTEGER,
  confirmed_by  TEXT,
  deleted_at    INTEGER
) WITHOUT ROWID;

-- Commands that may cause a warning, with the confidence and the time at which it expires. literals: JSON, lists of texts; a call
-- that contains none of a list's texts cannot cause the warnings of that list.
CREATE TABLE failure_needles (
  command_key TEXT PRIMARY KEY,
  literals    TEXT NOT NULL,
  confidence  REAL NOT NULL,
  fades_at    INTEGER
) WITHOUT ROWID;
CREATE INDEX failure_needles_by_confidence ON failure_needles (confidence);
CREATE INDEX failure_needles_by_fading ON failure_needles (fades_at) WHERE fades_at IS NOT NULL;

-- Operations that changed since the worker last learned from their session.
CREATE TABLE unlearned (tool_use_id TEXT PRIMARY KEY, session_id TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX unlearned_by_session ON unlearned (session_id);

CREATE TRIGGER operation_is_new AFTER INSERT ON operations BEGIN
  INSERT INTO unlearned (tool_use_id, session_id) VALUES (NEW.tool_use_id, NEW.session_id)
    ON CONFLICT (tool_use_id) DO UPDATE SET session_id = excluded.session_id;
END;
CREATE TRIGGER operation_has_changed AFTER UPDATE ON operations WHEN
  (NEW.session_id, NEW.agent_id, NEW.tool, NEW.target, NEW.at, NEW.ended_at, NEW.hook_outcome, NEW.transcript_outcome, NEW.error)
    IS NOT (OLD.session_id, OLD.agent_id, OLD.tool, OLD.target, OLD.at, OLD.ended_at, OLD.hook_outcome, OLD.transcript_outcome, OLD.error) BEGIN
  INSERT INTO unlearned (tool_use_id, session_id) VALUES (NEW.tool_use_id, NEW.session_id)
    ON CONFLICT (tool_use_id) DO UPDATE SET session_id = excluded.session_id;
END;
`;
