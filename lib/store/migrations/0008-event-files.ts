/**
 * How far events were written to files, by sink (`log`, `archive`): the `seq` of the last one. And each file that is being appended to: its place below
 * the state folder, inode and birth, bytes that count (what lies behind them was never committed), and the UTC day on which it was begun.
 */
export const EVENT_FILES = `
CREATE TABLE event_sinks (sink TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE event_files (
  path   TEXT PRIMARY KEY,
  sink   TEXT NOT NULL,
  inode  TEXT NOT NULL,
  length INTEGER NOT NULL,
  day    TEXT NOT NULL
) WITHOUT ROWID;
`;
