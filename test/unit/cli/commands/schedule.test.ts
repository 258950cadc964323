import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { queueFolder } from '../../../../lib/queue/queue-folder.ts';
import { inStore, preparedStore } from '../prepared-store.ts';
import { runCommand } from '../run-command.ts';

const NOW = Date.parse('2026-11-22T10:20:00Z');

function queued(root: string): readonly unknown[] {
  const { pending } = queueFolder(root);
  return readdirSync(pending, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(`${pending}/${name}`, 'utf8')));
}

describe('waymark schedule', () => {
  it('lists what comes when, with the last slot of each that was emitted', async () => {
    const folder = preparedStore();
    writeFileSync(
      folder.configFile,
      '{ "schedules": ["mine every 15m report.wanted {\\"days\\":1}", "cleanup off"] }',
    );
    const [before, last] = [Date.parse('2026-11-22T10:00:00Z'), Date.parse('2026-11-22T10:15:00Z')];
    inStore(folder, (database) => {
      database.exec(
        "INSERT INTO schedules (name, timing, slot) VALUES ('learning', '0 3 * * *', 1)",
      ); // passed before it was known
      const store = database.prepare(
        "INSERT INTO events (id, type, at, source, envelope, stored_at) VALUES (?, 'report.wanted', 1, 'schedule/mine', '{}', 1)",
      );
      for (const id of [
        `schedule:mine:${last}`,
        `schedule:mine:${before}`,
        'schedule:mine-2:9999999999999',
      ])
        store.run(id);
    });
    const { status, out } = await runCommand(folder, ['schedule', 'list', '--json'], { now: NOW });
    expect(status).toBe(0);
    const shown: unknown = JSON.parse(out);
    expect(shown).toMatchObject([
      {
        name: 'learning',
        timing: '0 3 * * *',
        type: 'learning.cycle_requested',
        origin: 'built in',
        last: null,
      },
      {
        name: 'mine',
        timing: 'every 15m',
        payload: { days: 1 },
        origin: 'config',
        last: '2026-11-22T10:15:00.000Z',
        next: '2026-11-22T10:30:00.000Z',
      },
      {
        name: 'observability',
        timing: 'every 1h',
        onlyWhileActive: true,
        next: '2026-11-22T11:00:00.000Z',
      },
      { name: 'weekly-report', timing: '0 8 * * 1', payload: { report: 'weekly' } },
    ]);
    expect((await runCommand(folder, ['schedule', 'list'], { now: NOW })).out).toMatch(
      /observability {2}every 1h .* if active/,
    );
  });

  it('runs one now', async () => {
    const folder = preparedStore();
    const { status, out } = await runCommand(folder, ['schedule', 'run', 'learning', '--json'], {
      now: NOW,
    });
    expect(status).toBe(0);
    expect(queued(folder.queue)).toMatchObject([
      {
        event_id: JSON.parse(out).id,
        event_type: 'learning.cycle_requested',
        source: 'cli',
        payload: { schedule: 'learning' },
      },
    ]);
  });
});
