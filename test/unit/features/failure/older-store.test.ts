import { describe, expect, it, onTestFinished } from 'vitest';
import { learnLessons } from '../../../../lib/features/failure/lessons.ts';
import { storedPattern } from '../../../../lib/features/failure/stored-patterns.ts';
import { sqliteDriver } from '../../../../lib/store/driver.ts';
import { migrate } from '../../../../lib/store/migrate.ts';
import { FIRST } from '../../../../lib/store/migrations/0001-first.ts';
import { REFRESHES } from '../../../../lib/store/migrations/0002-refreshes.ts';

describe('FAILURE_KNOWLEDGE', () => {
  it('lets a store of an earlier version learn from what it holds', () => {
    const database = sqliteDriver()(':memory:');
    onTestFinished(() => database.close());
    database.exec(`${FIRST} ${REFRESHES} PRAGMA user_version = 2;
      INSERT INTO sessions (id, project, first_event_at, last_event_at) VALUES ('s1', '/p', 1, 2);
      INSERT INTO operations (tool_use_id, session_id, tool, target, at, ended_at, hook_outcome, error) VALUES
        ('t1', 's1', 'Bash', 'npm run tset', 1, 1, 'failed', 'Exit code 1' || char(10) || 'npm error Missing script: "tset"'),
        ('t2', 's1', 'Bash', 'npm run test', 2, 2, 'ok', NULL);`);
    migrate(database);
    expect(database.prepare("SELECT key FROM refreshes WHERE kind = 'lessons'").all()).toEqual([
      { key: 's1' },
    ]);
    learnLessons(database, 's1');
    const id = String(database.prepare('SELECT id FROM failure_patterns').get()?.['id']);
    expect(storedPattern(database, id)?.pattern).toMatchObject({
      count: 1,
      lastCommand: 'npm run tset',
      fix: { text: 'npm run test' },
    });
  });
});
