/**
 * How far each watched log was read: inode, byte offset and a hash of the bytes before it tell the file again; `generation` counts how often
 * it was begun anew. Events are named after generation and offset, so what is read twice is stored once.
 */
export const WATCHED_LOGS = `
CREATE TABLE watched_logs (
  path       TEXT PRIMARY KEY,
  inode      TEXT NOT NULL,
  offset     INTEGER NOT NULL,
  tail_hash  TEXT NOT NULL,
  generation INTEGER NOT NULL,
  skipped    INTEGER NOT NULL DEFAULT 0,
  read_at    INTEGER NOT NULL
) WITHOUT ROWID;
`;
