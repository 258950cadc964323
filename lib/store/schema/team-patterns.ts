/** What the team knows of failures, beside what this machine has learned itself. */
export const TEAM_PATTERNS = `
-- A pattern with a fix that a member of the team confirmed (is_confirmed), or that happened to several people. Texts name no paths, machines
-- or people. repositories: names of folders in which it happened; failed: exact commands with the time of the last
-- failure; fix_keys: commands of the fix; all JSON.
-- Times are by this machine's clock.
CREATE TABLE team_patterns (
  id           TEXT PRIMARY KEY,
  command_key  TEXT NOT NULL,
  tool         TEXT NOT NULL,
  command      TEXT NOT NULL,
  error        TEXT NOT NULL,
  needle       TEXT NOT NULL,
  is_general   INTEGER NOT NULL,
  kind         TEXT NOT NULL,
  count        INTEGER NOT NULL,
  sessions     INTEGER NOT NULL,
  people       INTEGER NOT NULL,
  first_at     INTEGER NOT NULL,
  last_at      INTEGER NOT NULL,
  last_error   TEXT NOT NULL,
  last_command TEXT NOT NULL,
  repositories TEXT NOT NULL,
  is_global    INTEGER NOT NULL,
  failed       TEXT NOT NULL,
  fix          TEXT NOT NULL,
  fix_is_edit  INTEGER NOT NULL,
  fix_is_whole INTEGER NOT NULL,
  fix_count    INTEGER NOT NULL,
  fix_keys     TEXT NOT NULL,
  is_confirmed INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX team_patterns_by_key ON team_patterns (command_key, last_at);
CREATE INDEX team_patterns_by_time ON team_patterns (last_at);
`;
