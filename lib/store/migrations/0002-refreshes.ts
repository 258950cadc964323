/** What is derived from the store and has to be made again: views, lessons. `version` tells a request that came while it was being made. */
export const REFRESHES = `
CREATE TABLE refreshes (
  kind    TEXT NOT NULL,
  key     TEXT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (kind, key)
) WITHOUT ROWID;
`;
