import type { Database } from '../../store/database.ts';
import { commandShapes } from './command-shape.ts';

const KEEP =
  'INSERT INTO fix_commands (command_key, pattern_id) VALUES (?, ?) ON CONFLICT DO NOTHING';
const FIXED =
  'SELECT p.command_key AS key FROM fix_commands f JOIN failure_patterns p ON p.id = f.pattern_id WHERE f.command_key = ?';

/** Remembers that a command is the fix of a pattern. */
export function keepFixCommand(
  database: Database,
  pattern: string,
  tool: string,
  command: string,
): void {
  for (const { key } of commandShapes(tool, command)) database.prepare(KEEP).run(key, pattern);
}

/** The commands of which something else is known once this one failed: itself, and those that it was the fix of. */
export function touchedBy(database: Database, key: string): readonly string[] {
  const fixed = database.prepare(FIXED).all(key);
  return [key, ...fixed.map((row) => String(row['key']))];
}
