/** Context sizes keep the order of their lines, and a compaction may leave an unknown size; deliveries count their waits. */
export const VERSION_2 = `
ALTER TABLE context_samples RENAME TO context_samples_1;

-- Context size as the model saw it: one row per answer of the main chain; tokens: NULL after a compaction that did not say what it left.
-- placed_at: the time of the line, or just behind that of the line before where a clock was set back.
CREATE TABLE context_samples (
  session_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  placed_at  INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  model      TEXT,
  tokens     INTEGER,
  PRIMARY KEY (session_id, message_id)
) WITHOUT ROWID;
INSERT INTO context_samples (session_id, message_id, placed_at, at, model, tokens)
  SELECT session_id, message_id, at, at, model, tokens FROM context_samples_1;
DROP TABLE context_samples_1;
CREATE INDEX context_samples_by_place ON context_samples (session_id, placed_at);
CREATE INDEX context_samples_by_size ON context_samples (session_id, tokens);

-- Attempts that found a fact not known yet.
ALTER TABLE deliveries ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;
`;
